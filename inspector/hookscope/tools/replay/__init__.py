"""Captured deliveries sent again: one, many, changed."""
