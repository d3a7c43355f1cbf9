"""What one can do with a capture: check, probe, bisect, diff, replay, sample, save, export, import, report."""
