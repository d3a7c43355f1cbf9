"""The nouns: captures, findings, verdicts, handlers, events of a session. Values only."""
