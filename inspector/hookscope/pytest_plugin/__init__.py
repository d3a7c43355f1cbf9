"""The pytest plug-in: fixtures sent to the handler under test."""
