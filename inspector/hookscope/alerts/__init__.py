"""Alerts: what passes a bound, and how whoever wants to know of it is told."""
