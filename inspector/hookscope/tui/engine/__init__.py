"""What crosses between the screen's thread and the session's."""
