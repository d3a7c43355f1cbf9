"""An adapter for each kind of test client."""
