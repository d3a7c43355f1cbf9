"""The answers of a handler now against those that were recorded."""
