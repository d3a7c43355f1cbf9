"""The statement that hands an endpoint on to another key without a change of its URL.

It is signed by the first key, the one whose hash is the endpoint's id, and numbered: a relay keeps the highest
generation that it has seen and refuses older ones. Whoever holds the first key can always make a further generation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hookscope_relay.keys import base64url
from hookscope_relay.keys.endpoint_key import EndpointKey, endpoint_id

_FORM = re.compile(r"([A-Za-z0-9_-]{43})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{86})")


@dataclass(frozen=True, slots=True)
class Rotation:
    """`first` is the public key whose hash is the endpoint's id; `generation` counts from 1."""

    first: bytes
    generation: int
    signature: bytes

    @property
    def text(self) -> str:
        """The statement as it travels, in the claim's `from`."""
        return f"{base64url.encode(self.first)}.{self.generation}.{base64url.encode(self.signature)}"

    def hands(self, endpoint: str, key: bytes, seal: bytes) -> bool:
        """Whether it hands that endpoint to these public keys."""
        if endpoint_id(self.first) != endpoint:
            return False
        signed = _signed_text(endpoint, self.generation, key, seal)
        try:
            Ed25519PublicKey.from_public_bytes(self.first).verify(self.signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def build_rotation(key: EndpointKey) -> Rotation | None:
    """The statement that makes the key its endpoint's; None for a first key, which needs none."""
    if key.first is None:
        return None
    signature = key.first.signing.sign(_signed_text(key.id, key.generation, key.public, key.seal))
    return Rotation(key.first.public, key.generation, signature)


def parse_rotation(text: str) -> Rotation:
    """The statement in a claim's `from`; ValueError where it is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("not a rotation's form")
    return Rotation(base64url.decode(match[1], 32), int(match[2]), base64url.decode(match[3], 64))


def _signed_text(endpoint: str, generation: int, key: bytes, seal: bytes) -> bytes:
    lines = ("hookscope-rotate/1", endpoint, str(generation), base64url.encode(key), base64url.encode(seal))
    return "\n".join(lines).encode()
