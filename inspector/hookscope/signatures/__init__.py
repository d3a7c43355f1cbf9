"""Signature schemes: verified and signed strictly as each provider documents."""
