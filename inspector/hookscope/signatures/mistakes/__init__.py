"""Which mistake explains a signature that does not hold: proved by reproducing it."""
