"""Waiting for deliveries that meet a filter."""
