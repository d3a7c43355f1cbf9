"""What a key does: one table of actions, one file a family."""
