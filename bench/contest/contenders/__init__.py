"""What is compared: one module a contender, listed in `table`."""
