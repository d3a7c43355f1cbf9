"""A delivery in the formats of other tools."""
