"""Lines, documents and colours, made of safe text only."""
