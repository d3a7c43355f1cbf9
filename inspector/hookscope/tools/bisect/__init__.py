"""The smallest difference between two deliveries that turns the answer."""
