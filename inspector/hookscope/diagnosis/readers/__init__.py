"""What an outcome seems to be, each reader by one kind of evidence."""
