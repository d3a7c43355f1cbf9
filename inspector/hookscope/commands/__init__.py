"""The commands: one a file, with its words, options and exit codes."""
