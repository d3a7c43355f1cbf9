"""A handler put through its provider's paces."""
