"""Signed sample deliveries of each provider, and sending them."""
