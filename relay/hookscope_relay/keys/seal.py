"""Sealing: a delivery encrypted to its endpoint's key before it is stored or sent.

A sealed delivery is a list of pieces: piece 0 is a header (version 1, four bytes that name the seal key, the ephemeral public key)
followed by the encrypted head (everything but the body); then the encrypted body in pieces of at most 256 KiB. This protects
disks, backups and replicas of the log. It is not end to end: TLS ends at the relay, which seals.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hookscope_relay.delivery import Delivery, Headers, delivery_id_bytes, why_impossible
from hookscope_relay.errors import SealError

VERSION = 1
NAME_BYTES = 4
HEADER_BYTES = 1 + NAME_BYTES + 32
TAG_BYTES = 16
PIECE_BYTES = 256 * 1024 - TAG_BYTES
RENEW_AFTER_S = 600.0
# Ephemeral keys are renewed every ten minutes, by each relay: so many are never in use at a time.
REMEMBERED = 100


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a delivery but its body; `size` is the body's."""

    at: float
    method: str
    target: str
    headers: Headers
    scheme: str
    http_version: str
    remote: str
    url: str
    size: int


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Head)


def seal_key_name(public: bytes) -> bytes:
    """The four bytes by which sealed text names the public seal key that it was sealed to."""
    return hashlib.sha256(public).digest()[:NAME_BYTES]


def is_sound_seal_key(public: bytes) -> bool:
    """Whether the bytes are an X25519 public key of full order; sealing to another would protect nothing."""
    try:
        X25519PrivateKey.from_private_bytes(bytes(range(32))).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        return False
    return True


class Sealer:
    """Seals deliveries with an ephemeral key that serves many of them and is renewed every ten minutes.

    A message key serves one delivery only, since its derivation is salted with the delivery's id; that is why one ephemeral key may serve many.
    """

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self._public = self._private.public_key().public_bytes_raw()
        self._shared: dict[bytes, bytes] = {}
        self._renewed_at: float | None = None

    def seal(self, delivery: Delivery, endpoint: str, public: bytes, now: float) -> tuple[bytes, ...]:
        """The pieces of the sealed delivery; `now` is a clock in seconds that decides when to renew the ephemeral key."""
        self._renew(now)
        shared = self._shared.get(public)
        if shared is None:
            shared = self._shared[public] = self._private.exchange(X25519PublicKey.from_public_bytes(public))
        cipher = _cipher(shared, delivery.id, self._public, public)
        texts: tuple[bytes | memoryview, ...] = (_encode_head(delivery), *_split(delivery.body))
        last = len(texts) - 1
        pieces = [
            cipher.encrypt(number.to_bytes(12, "big"), text, _associated(endpoint, delivery.id, number == last))
            for number, text in enumerate(texts)
        ]
        pieces[0] = bytes((VERSION,)) + seal_key_name(public) + self._public + pieces[0]
        return tuple(pieces)

    def _renew(self, now: float) -> None:
        if self._renewed_at is not None and 0 <= now - self._renewed_at < RENEW_AFTER_S and len(self._shared) < 10_000:
            return
        if self._renewed_at is not None:
            self._private = X25519PrivateKey.generate()
            self._public = self._private.public_key().public_bytes_raw()
        self._shared.clear()
        self._renewed_at = now


def open_sealed(
    pieces: Sequence[bytes], delivery_id: str, endpoint: str, private_keys: Sequence[X25519PrivateKey]
) -> Delivery:
    """The delivery that the pieces hold; `SealError` where none of the keys opens them, where anything was altered, or where what is
    sealed is no request: whoever knows an endpoint's public key can seal, a hostile relay too."""
    return Opener(private_keys).open(pieces, delivery_id, endpoint)


class Opener:
    """Opens what is sealed to an endpoint's keys. What was agreed with an ephemeral key is remembered, since one serves many deliveries."""

    def __init__(self, private_keys: Sequence[X25519PrivateKey]) -> None:
        publics = [private.public_key().public_bytes_raw() for private in private_keys]
        self._keys = {
            seal_key_name(public): (private, public)
            for private, public in reversed(tuple(zip(private_keys, publics, strict=True)))
        }
        self._shared: dict[bytes, bytes] = {}

    def open(self, pieces: Sequence[bytes], delivery_id: str, endpoint: str) -> Delivery:
        """The delivery that the pieces hold; `SealError` as from `open_sealed`."""
        if not pieces or len(pieces[0]) < HEADER_BYTES + TAG_BYTES or pieces[0][0] != VERSION:
            raise SealError("this is not a sealed delivery of a version that this program knows")
        ephemeral = pieces[0][1 + NAME_BYTES : HEADER_BYTES]
        try:
            shared, public = self._agree(pieces[0][:HEADER_BYTES], ephemeral)
            cipher = _cipher(shared, delivery_id, ephemeral, public)
            last = len(pieces) - 1
            texts = [
                cipher.decrypt(
                    number.to_bytes(12, "big"),
                    piece if number else piece[HEADER_BYTES:],
                    _associated(endpoint, delivery_id, number == last),
                )
                for number, piece in enumerate(pieces)
            ]
            head = _DECODER.decode(texts[0])
        except (InvalidTag, ValueError, msgspec.DecodeError):
            raise SealError("the sealed delivery was altered, or is another's") from None
        delivery = _delivery(head, delivery_id, b"".join(texts[1:]))
        if why := why_impossible(delivery):
            raise SealError(f"what is sealed is no request: {why}")
        return delivery

    def _agree(self, opening: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
        """The shared secret with an ephemeral key, and the public key that it belongs to."""
        named = self._keys.get(opening[1 : 1 + NAME_BYTES])
        if named is None:
            raise SealError("the delivery is sealed to a key that is not in this endpoint's key file")
        private, public = named
        shared = self._shared.get(opening)
        if shared is None:
            shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
            if len(self._shared) >= REMEMBERED:
                self._shared.clear()
            self._shared[opening] = shared
        return shared, public


def _delivery(head: _Head, delivery_id: str, body: bytes) -> Delivery:
    if len(body) != head.size:
        raise SealError("the sealed body has another length than its head says")
    return Delivery(
        id=delivery_id,
        received_at=head.at,
        method=head.method,
        target=head.target,
        headers=head.headers,
        body=body,
        scheme=head.scheme,
        http_version=head.http_version,
        remote=head.remote,
        url=head.url,
    )


def _encode_head(delivery: Delivery) -> bytes:
    return _ENCODER.encode(
        _Head(
            at=delivery.received_at,
            method=delivery.method,
            target=delivery.target,
            headers=delivery.headers,
            scheme=delivery.scheme,
            http_version=delivery.http_version,
            remote=delivery.remote,
            url=delivery.url,
            size=len(delivery.body),
        )
    )


def _split(body: bytes) -> tuple[memoryview, ...]:
    # Views, since a body may be large and the sealed pieces are copies anyway.
    whole = memoryview(body)
    return tuple(whole[start : start + PIECE_BYTES] for start in range(0, len(body), PIECE_BYTES))


def _cipher(shared: bytes, delivery_id: str, ephemeral: bytes, public: bytes) -> ChaCha20Poly1305:
    info = b"hookscope/1 piece" + ephemeral + public
    # HKDF-SHA256 (RFC 5869) for one block: extract, then expand.
    extracted = hmac.digest(delivery_id_bytes(delivery_id), shared, "sha256")
    return ChaCha20Poly1305(hmac.digest(extracted, info + b"\1", "sha256"))


def _associated(endpoint: str, delivery_id: str, last: bool) -> bytes:
    return endpoint.encode() + delivery_id.encode() + (b"\1" if last else b"\0")
