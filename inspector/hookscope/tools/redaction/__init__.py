"""Secrets and personal data out of what is saved or shown to others."""
