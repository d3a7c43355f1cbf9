"""Where settings come from, and the endpoint keys on disk."""
