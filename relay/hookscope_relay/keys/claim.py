"""A claim: the signed statement in the `Authorization` header of an upgrade that says whose session it will be.

`check` goes through form, key, origin, time and signature in the contract's order; whether the nonce was used before is
the store's to say. A refusal is a `ClaimRefused` whose slug is the problem type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hookscope_relay.keys import base64url
from hookscope_relay.keys.endpoint_key import EndpointKey, endpoint_id
from hookscope_relay.keys.rotation import Rotation, build_rotation, parse_rotation
from hookscope_relay.keys.seal import is_sound_seal_key

SCHEME = "Hookscope"
CLOCK_TOLERANCE_S = 60
NONCE_KEPT_S = 120.0
NONCE_BYTES = 16
SESSION_BYTES = 16
MAX_LENGTH = 2000

_PARAMETER = re.compile(r'\s*([a-z]+)="([A-Za-z0-9_.:-]*)"\s*')
_SIZES = {"key": 32, "seal": 32, "session": SESSION_BYTES, "nonce": NONCE_BYTES, "sig": 64}


class ClaimRefused(Exception):
    """The claim does not hold; `problem` is the slug of the problem type that says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What an upgrade claims.

    `time` is Unix seconds; `rotation` the statement by which a later key has the endpoint.
    """

    key: bytes
    seal: bytes
    session: bytes
    time: int
    nonce: bytes
    signature: bytes
    rotation: Rotation | None = None

    @property
    def generation(self) -> int:
        """How often the endpoint's key was rotated to come to this one."""
        return self.rotation.generation if self.rotation else 0


def build_claim(key: EndpointKey, origin: str, target: str, session: bytes, now: float, nonce: bytes) -> str:
    """The `Authorization` value for an upgrade to `target` (raw, with query) at the relay `origin`."""
    unsigned = Claim(key=key.public, seal=key.seal, session=session, time=int(now), nonce=nonce, signature=b"")
    signature = key.signing.sign(_signed_text(unsigned, origin, target))
    values = {
        "v": "1",
        "key": base64url.encode(unsigned.key),
        "seal": base64url.encode(unsigned.seal),
        "session": base64url.encode(session),
        "time": str(unsigned.time),
        "nonce": base64url.encode(nonce),
        "sig": base64url.encode(signature),
    }
    if rotation := build_rotation(key):
        values["from"] = rotation.text
    return f"{SCHEME} " + ", ".join(f'{name}="{value}"' for name, value in values.items())


def parse_claim(text: str) -> Claim:
    """The claim in an `Authorization` value; unknown parameters are ignored, repeated or missing ones refused."""
    scheme, _, rest = text[: MAX_LENGTH + 1].partition(" ")
    if scheme.lower() != SCHEME.lower() or len(text) > MAX_LENGTH:
        raise ClaimRefused("claim-malformed")
    values: dict[str, str] = {}
    for part in rest.split(","):
        match = _PARAMETER.fullmatch(part)
        if match is None or match[1] in values:
            raise ClaimRefused("claim-malformed")
        values[match[1]] = match[2]
    if values.get("v") != "1" or not re.fullmatch(r"\d{1,12}", values.get("time", "")):
        raise ClaimRefused("claim-malformed")
    parts = {name: _decode(values.get(name, ""), size) for name, size in _SIZES.items()}
    return Claim(
        key=parts["key"],
        seal=parts["seal"],
        session=parts["session"],
        time=int(values["time"]),
        nonce=parts["nonce"],
        signature=parts["sig"],
        rotation=_rotation(values.get("from")),
    )


def check_claim(claim: Claim, *, endpoint: str, origin: str, target: str, now: float) -> None:
    """Raise `ClaimRefused` unless the claim gives the endpoint to its bearer at this relay and this time.

    Its key hashes to the endpoint's id, or is one that the endpoint was handed to; whether a later one has it is the
    store's to say.
    """
    if not _is_entitled(claim, endpoint):
        raise ClaimRefused("claim-key")
    if abs(claim.time - now) > CLOCK_TOLERANCE_S:
        raise ClaimRefused("claim-clock")
    if not is_signed_for(claim, origin, target):
        raise ClaimRefused("claim-signature")
    if not is_sound_seal_key(claim.seal):
        raise ClaimRefused("claim-malformed")


def _is_entitled(claim: Claim, endpoint: str) -> bool:
    if claim.rotation is None:
        return endpoint_id(claim.key) == endpoint
    return claim.rotation.hands(endpoint, claim.key, claim.seal)


def is_signed_for(claim: Claim, origin: str, target: str) -> bool:
    """Whether the claim's signature holds for an upgrade to `target` at the relay `origin`."""
    try:
        Ed25519PublicKey.from_public_bytes(claim.key).verify(claim.signature, _signed_text(claim, origin, target))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_text(claim: Claim, origin: str, target: str) -> bytes:
    lines = (
        "hookscope-claim/1",
        origin,
        target,
        base64url.encode(claim.key),
        base64url.encode(claim.seal),
        base64url.encode(claim.session),
        str(claim.time),
        base64url.encode(claim.nonce),
    )
    return "\n".join(lines).encode("latin-1", "replace")


def _decode(text: str, size: int) -> bytes:
    try:
        return base64url.decode(text, size)
    except ValueError:
        raise ClaimRefused("claim-malformed") from None


def _rotation(text: str | None) -> Rotation | None:
    try:
        return None if text is None else parse_rotation(text)
    except ValueError:
        raise ClaimRefused("claim-malformed") from None
