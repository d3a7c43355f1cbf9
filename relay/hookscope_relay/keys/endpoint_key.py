"""An endpoint's key: 32 random bytes from which its signing key, its seal key and its id follow.

The id is the first 20 characters of lower-case, unpadded base32 of SHA-256(Ed25519 public key): whoever holds the key
owns the address, and any relay can check it without asking another.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hookscope_relay.errors import DamagedFile
from hookscope_relay.keys import base64url

ID_LENGTH = 20
SECRET_BYTES = 32
ENDPOINT_ID = re.compile(r"[a-z2-7]{20}")
FILE_MARK = "hookscope-key-1"


@dataclass(frozen=True)
class EndpointKey:
    """An endpoint's secret. Its representation shows the id only.

    A key that came by rotation names the endpoint's `first` key, whose id it goes on using, and how often the key was
    rotated until then.
    """

    secret: bytes = field(repr=False)
    first: EndpointKey | None = field(default=None, repr=False, compare=False)
    generation: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise ValueError(f"an endpoint key has {SECRET_BYTES} bytes, not {len(self.secret)}")

    def __repr__(self) -> str:
        return f"EndpointKey({self.id})"

    @cached_property
    def signing(self) -> Ed25519PrivateKey:
        """The private key that signs claims."""
        return Ed25519PrivateKey.from_private_bytes(_derive(self.secret, b"hookscope/1 sign"))

    @cached_property
    def sealing(self) -> X25519PrivateKey:
        """The private key that opens sealed deliveries."""
        return X25519PrivateKey.from_private_bytes(_derive(self.secret, b"hookscope/1 seal"))

    @cached_property
    def public(self) -> bytes:
        """The public key that claims are checked with."""
        return self.signing.public_key().public_bytes_raw()

    @cached_property
    def seal(self) -> bytes:
        """The public key that deliveries are sealed to."""
        return self.sealing.public_key().public_bytes_raw()

    @cached_property
    def id(self) -> str:
        """The endpoint that this key owns."""
        return self.first.own_id if self.first else self.own_id

    @cached_property
    def own_id(self) -> str:
        """The id that follows from this key itself; its endpoint's, unless it came by rotation."""
        return endpoint_id(self.public)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """An endpoint's keys: the one in use, then the older ones that open what was sealed to them,
    the first of all last."""

    current: EndpointKey
    older: tuple[EndpointKey, ...] = ()

    def __post_init__(self) -> None:
        if self.older:
            object.__setattr__(
                self, "current", EndpointKey(self.current.secret, first=self.older[-1], generation=len(self.older))
            )

    def rotated(self, secret: bytes) -> KeyRing:
        """The ring after a rotation to a key of that secret: same endpoint, same URL."""
        return KeyRing(EndpointKey(secret), (self.current, *self.older))

    def is_newer_than(self, other: KeyRing) -> bool:
        """Whether it is the other ring after further rotations."""
        mine, others = (self.current, *self.older), (other.current, *other.older)
        return len(mine) > len(others) and mine[-len(others) :] == others

    @property
    def sealing(self) -> tuple[X25519PrivateKey, ...]:
        """Every private seal key, the current one first."""
        return tuple(key.sealing for key in (self.current, *self.older))


def endpoint_id(public: bytes) -> str:
    """The id of the endpoint that the Ed25519 public key owns."""
    digest = hashlib.sha256(public).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]


def dumps(ring: KeyRing) -> str:
    """The key file's text, a line a key."""
    return "".join(f"{FILE_MARK} {key.own_id} {base64url.encode(key.secret)}\n" for key in (ring.current, *ring.older))


def loads(text: str, name: str) -> KeyRing:
    """The keys of a key file; `DamagedFile` calls it `name`, says which line is damaged and never quotes it."""
    keys = [
        _parse_line(line, f"{name}, line {number}") for number, line in enumerate(text.splitlines(), 1) if line.strip()
    ]
    if not keys:
        raise DamagedFile(
            f"{name} holds no endpoint key", "restore it from a backup, or move it away to make a new endpoint"
        )
    return KeyRing(keys[0], tuple(keys[1:]))


def _parse_line(line: str, place: str) -> EndpointKey:
    remedy = "restore it from a backup, or move it away to make a new endpoint"
    mark, _, rest = line.strip().partition(" ")
    if mark != FILE_MARK:
        newer = mark.startswith("hookscope-key-")
        raise DamagedFile(
            f"{place}: {'a newer format' if newer else 'not an endpoint key'}", "upgrade hookscope" if newer else remedy
        )
    known_id, _, encoded = rest.partition(" ")
    try:
        key = EndpointKey(base64url.decode(encoded, SECRET_BYTES))
    except ValueError:
        raise DamagedFile(f"{place}: the endpoint key is damaged", remedy) from None
    if key.id != known_id:
        raise DamagedFile(f"{place}: the endpoint key is damaged, it does not belong to the id beside it", remedy)
    return key


def _derive(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
