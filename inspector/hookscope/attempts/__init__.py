"""One delivery handed to a handler, kept, and explained."""
