"""What the nodes of a relay say to each other: who is attached where, what there is to read, and answers."""
