"""The speed comparison: contenders under the same load, side by side in one run."""
