"""What lies over the list for a while: a document to read, a question, the editor."""
