"""The relay: accepts deliveries, keeps them sealed, and passes them down a WebSocket."""
