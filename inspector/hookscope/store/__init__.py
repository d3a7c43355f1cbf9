"""The capture store in SQLite."""
