"""Unpadded base64url with one spelling for each value: what decodes would encode to the same text."""

from __future__ import annotations

import base64
import binascii


def encode(data: bytes) -> str:
    """The text of the bytes."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str, size: int) -> bytes:
    """The bytes of a text, which must be so many; ValueError for anything else."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if len(data) != size or encode(data) != text:
        raise ValueError(f"{size} bytes in base64url, without padding, are wanted")
    return data
