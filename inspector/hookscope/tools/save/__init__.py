"""Fixtures: redacted captures as files of the user's repository."""
