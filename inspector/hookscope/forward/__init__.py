"""One request to a handler, byte for byte, and its answer."""
