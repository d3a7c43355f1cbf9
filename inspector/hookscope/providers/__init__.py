"""Who sends: each provider's signature scheme, fields, handshake and retries, as data."""
