"""The filter language of the list and the screen."""
