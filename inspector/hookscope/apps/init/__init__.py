"""Writes a project's `hookscope.toml`: what the project is, a few questions, the file."""
