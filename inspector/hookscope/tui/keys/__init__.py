"""What a key means: the row of an action, what it needs, and which keys it has."""
