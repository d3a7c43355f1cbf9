"""A redacted account of one capture in Markdown, for a ticket."""
