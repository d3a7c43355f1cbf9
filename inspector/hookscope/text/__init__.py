"""What a sender wrote, made harmless to a terminal and to Markdown."""
