"""The endpoint's append-only record, and its stores."""
