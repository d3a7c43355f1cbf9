"""Faces that print: plain lines, NDJSON, a progress bar."""
