"""Endpoint keys: claims, sealing, rotation."""
