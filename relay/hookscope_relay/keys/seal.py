"""Sealing: a delivery encrypted to its endpoint's key before it is stored or sent.

A sealed delivery is a list of pieces. Each is a text of ChaCha20-Poly1305; before the first stands a header: version 2
(3 of one whose body broke off), four bytes that name the seal key, the ephemeral public key, and the delivery's number
under that key (8 bytes, big-endian). The first text begins with the length of the head (4 bytes) and the head,
everything but the body; a body that fits follows in the same text, another in pieces of at most 256 KiB of its own.

The key is HKDF-SHA256 of the shared secret, for one ephemeral and one seal key; the nonce is the delivery's number and
the piece's (4 bytes), so none comes twice: the ephemeral key is one process's, and its numbers only grow. Associated
are the endpoint, the delivery's id and whether the piece is the last.

This protects disks, backups and replicas of the log. It is not end to end: TLS ends at the relay, which seals.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hookscope_relay.delivery import Delivery, Headers, why_impossible
from hookscope_relay.errors import SealError

VERSION = 2
# Of a delivery whose body broke off: a reader that does not know of such must not take it for a whole one.
BROKEN_VERSION = 3
NAME_BYTES = 4
KEYS_BYTES = 1 + NAME_BYTES + 32
NUMBER_BYTES = 8
HEADER_BYTES = KEYS_BYTES + NUMBER_BYTES
LENGTH_BYTES = 4
TAG_BYTES = 16
PIECE_BYTES = 256 * 1024 - TAG_BYTES
RENEW_AFTER_S = 600.0
# About 300 bytes each; agreeing takes some fifty times what the rest of sealing does.
AGREED_AT_MOST = 100_000
# A cipher takes some microseconds to make, and ten times the memory of its key.
CIPHERS = 64
# Ephemeral keys are renewed every ten minutes, by each relay: so many are never in use at a time.
REMEMBERED = 100
ALTERED = "the sealed delivery was altered, or is another's"


class _Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    trailers: Headers = ()
    broken: str = ""


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Head)
_TRAILERS = msgspec.msgpack.Decoder(Headers)


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


class _Ephemeral:
    """An ephemeral key, what was agreed with it, and the numbers of the deliveries that it seals.

    What was agreed with the keys that were not used for longest is let go of, and agreed again to the same where one of
    them comes back: numbers go on, so no nonce does.
    """

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self._public = self._private.public_key().public_bytes_raw()
        self._numbers = itertools.count()
        self._agreed: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()
        self._cipher = lru_cache(CIPHERS)(ChaCha20Poly1305)

    def agree(self, public: bytes) -> tuple[bytes, ChaCha20Poly1305]:
        """The header's part that names both keys, and the cipher that they share."""
        agreed = self._agreed.pop(public, None)
        if agreed is None:
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(public))
            keys = bytes((VERSION,)) + seal_key_name(public) + self._public
            agreed = keys, _derive(shared, self._public, public)
        self._agreed[public] = agreed
        if len(self._agreed) > AGREED_AT_MOST:
            self._agreed.popitem(last=False)
        return agreed[0], self._cipher(agreed[1])

    def give_number(self) -> bytes:
        """A number that no other delivery gets."""
        return next(self._numbers).to_bytes(NUMBER_BYTES, "big")


class Sealing:
    """One delivery that is being sealed: its body comes in parts, its head at the end.

    What is sealed of the body is there at once.
    """

    def __init__(self, ephemeral: _Ephemeral, public: bytes, endpoint: str, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        self.size = 0
        self._keys, self._cipher = ephemeral.agree(public)
        self._number = ephemeral.give_number()
        self._inner, self._last = _associated(endpoint, delivery_id)
        self._sealed = 0
        self._waiting: list[bytes] = []
        self._waits = 0

    def add(self, part: bytes) -> list[bytes]:
        """The pieces, from the second on, that a further part of the body fills; nothing of them is held here.

        One is not full before something follows it.
        """
        pieces = []
        self.size += len(part)
        self._waiting.append(part)
        self._waits += len(part)
        if self._waits > PIECE_BYTES:
            whole = memoryview(b"".join(self._waiting))
            start = 0
            while len(whole) - start > PIECE_BYTES:
                pieces.append(self._seal(whole[start : start + PIECE_BYTES], self._inner))
                start += PIECE_BYTES
            self._waiting, self._waits = [bytes(whole[start:])], len(whole) - start
        return pieces

    def end(self, delivery: Delivery) -> tuple[bytes, ...]:
        """The first piece, and the last one where the head did not leave room for the body's end;
        `delivery` needs no body."""
        head, rest = _encode_head(delivery, self.size), b"".join(self._waiting)
        first = len(head).to_bytes(LENGTH_BYTES, "big") + head
        version = BROKEN_VERSION if delivery.broken else VERSION
        if not self._sealed and len(first) + len(rest) <= PIECE_BYTES - HEADER_BYTES:
            return (self._seal_first(first + rest, self._last, version),)
        if not rest:
            return (self._seal_first(first, self._last, version),)
        last = self._seal(rest, self._last)
        return self._seal_first(first, self._inner, version), last

    # What goes to its reader while it comes

    def open(self, delivery: Delivery) -> bytes:
        """The head of a delivery whose body is passed on as it comes, each part a text of its own."""
        head = _encode_head(delivery, 0)
        return self._seal_first(len(head).to_bytes(LENGTH_BYTES, "big") + head, self._inner, VERSION)

    def pass_on(self, part: bytes) -> bytes:
        """The next part, of at most `PIECE_BYTES`."""
        return self._seal(part, self._inner)

    def close(self, trailers: Headers) -> bytes:
        """What tells that all parts came, with the trailers behind them."""
        return self._seal(_ENCODER.encode(trailers), self._last)

    def _seal_first(self, text: bytes, bound: bytes, version: int) -> bytes:
        keys = bytes((version,)) + self._keys[1:]
        return b"".join((keys, self._number, self._cipher.encrypt(_nonce(self._number, 0), text, bound)))

    def _seal(self, text: bytes | memoryview, bound: bytes) -> bytes:
        self._sealed += 1
        return self._cipher.encrypt(_nonce(self._number, self._sealed), text, bound)


class Sealer:
    """Seals deliveries with an ephemeral key that serves many of them and is renewed every ten minutes."""

    def __init__(self) -> None:
        self._ephemeral = _Ephemeral()
        self._renewed_at: float | None = None

    def begin(self, delivery_id: str, endpoint: str, public: bytes, now: float) -> Sealing:
        """A delivery whose body comes in parts; `now` is a clock in seconds that decides when to renew the ephemeral
        key."""
        return Sealing(self._current(now), public, endpoint, delivery_id)

    def seal(self, delivery: Delivery, endpoint: str, public: bytes, now: float) -> tuple[bytes, ...]:
        """The pieces of the sealed delivery, which is a whole one; `now` as for `begin`."""
        ephemeral = self._current(now)
        head = _encode_head(delivery, len(delivery.body))
        text = b"".join((len(head).to_bytes(LENGTH_BYTES, "big"), head, delivery.body))
        if len(text) <= PIECE_BYTES - HEADER_BYTES:
            keys, cipher = ephemeral.agree(public)
            number = ephemeral.give_number()
            return (
                b"".join(
                    (keys, number, cipher.encrypt(_nonce(number, 0), text, _associated(endpoint, delivery.id)[1]))
                ),
            )
        sealing = Sealing(ephemeral, public, endpoint, delivery.id)
        inner = sealing.add(delivery.body)
        first, *last = sealing.end(delivery)
        return (first, *inner, *last)

    def _current(self, now: float) -> _Ephemeral:
        ephemeral = self._ephemeral
        if self._renewed_at is None:
            self._renewed_at = now
        elif not 0 <= now - self._renewed_at < RENEW_AFTER_S:
            ephemeral = self._ephemeral = _Ephemeral()
            self._renewed_at = now
        return ephemeral


class Opener:
    """Opens what is sealed to an endpoint's keys.

    What was agreed with an ephemeral key is remembered, since one serves many deliveries.
    """

    def __init__(self, private_keys: Sequence[X25519PrivateKey]) -> None:
        publics = [private.public_key().public_bytes_raw() for private in private_keys]
        self._keys = {
            seal_key_name(public): (private, public)
            for private, public in reversed(tuple(zip(private_keys, publics, strict=True)))
        }
        self._agreed: dict[bytes, ChaCha20Poly1305] = {}

    def open(self, pieces: Sequence[bytes], delivery_id: str, endpoint: str) -> Delivery:
        """The delivery that the pieces hold; `SealError` where none of the keys opens them, where anything was altered,
        or where what is sealed is no request: whoever knows an endpoint's public key can seal, a hostile relay too."""
        if not pieces or len(pieces[0]) < HEADER_BYTES + TAG_BYTES or pieces[0][0] not in (VERSION, BROKEN_VERSION):
            raise SealError("this is not a sealed delivery of a version that this program knows")
        number = pieces[0][KEYS_BYTES:HEADER_BYTES]
        id_of = _associated(endpoint, delivery_id)
        last = len(pieces) - 1
        try:
            cipher = self._agree(pieces[0][:KEYS_BYTES])
            head, body = _open_first(cipher, number, pieces[0], id_of[not last])
            if last:
                body = self._open_rest(cipher, number, pieces, id_of, body)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            raise SealError(ALTERED) from None
        return _sound(head, delivery_id, body)

    def begin(self, first: bytes, delivery_id: str, endpoint: str) -> tuple[Delivery, Opening]:
        """The head of a delivery that `Sealing.open` began, without a body, and what opens its parts;
        `SealError` as from `open`."""
        if len(first) < HEADER_BYTES + TAG_BYTES or first[0] != VERSION:
            raise SealError("this is not a sealed delivery of a version that this program knows")
        number = first[KEYS_BYTES:HEADER_BYTES]
        inner, last = _associated(endpoint, delivery_id)
        try:
            cipher = self._agree(first[:KEYS_BYTES])
            head, body = _open_first(cipher, number, first, inner)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            raise SealError(ALTERED) from None
        return _sound(head, delivery_id, body), Opening(cipher, number, inner, last)

    def _open_rest(
        self, cipher: ChaCha20Poly1305, number: bytes, pieces: Sequence[bytes], id_of: tuple[bytes, bytes], begun: bytes
    ) -> bytes:
        """The whole body.

        A piece's text is let go of before the next is made, and what is put together is not copied once more.
        """
        body = io.BytesIO()
        body.write(begun)
        for at in range(1, len(pieces)):
            body.write(cipher.decrypt(_nonce(number, at), pieces[at], id_of[at == len(pieces) - 1]))
        return body.getvalue()

    def _agree(self, keys: bytes) -> ChaCha20Poly1305:
        """The cipher that the two keys share which a header names."""
        keys = keys[1:]
        cipher = self._agreed.get(keys)
        if cipher is None:
            named = self._keys.get(keys[:NAME_BYTES])
            if named is None:
                raise SealError("the delivery is sealed to a key that is not in this endpoint's key file")
            private, public = named
            ephemeral = keys[NAME_BYTES:]
            shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
            if len(self._agreed) >= REMEMBERED:
                self._agreed.clear()
            cipher = self._agreed[keys] = ChaCha20Poly1305(_derive(shared, ephemeral, public))
        return cipher


class Opening:
    """Opens what `Sealing.pass_on` and `close` sealed, in its order."""

    def __init__(self, cipher: ChaCha20Poly1305, number: bytes, inner: bytes, last: bytes) -> None:
        self._cipher = cipher
        self._number = number
        self._inner, self._last = inner, last
        self._opened = 0

    def part(self, text: bytes) -> bytes:
        """The next part; `SealError` where it is none."""
        return self._open(text, self._inner)

    def close(self, text: bytes) -> Headers:
        """That all came: the trailers; `SealError` where it does not say so."""
        try:
            return _TRAILERS.decode(self._open(text, self._last))
        except (ValueError, msgspec.DecodeError):
            raise SealError(ALTERED) from None

    def _open(self, text: bytes, bound: bytes) -> bytes:
        self._opened += 1
        try:
            return self._cipher.decrypt(_nonce(self._number, self._opened), text, bound)
        except InvalidTag:
            raise SealError(ALTERED) from None


def _open_first(cipher: ChaCha20Poly1305, number: bytes, piece: bytes, bound: bytes) -> tuple[_Head, bytes]:
    """The head, and the body's part that came with it."""
    first = cipher.decrypt(_nonce(number, 0), piece[HEADER_BYTES:], bound)
    start = LENGTH_BYTES + int.from_bytes(first[:LENGTH_BYTES], "big")
    return _DECODER.decode(first[LENGTH_BYTES:start]), first[start:]


def _sound(head: _Head, delivery_id: str, body: bytes) -> Delivery:
    delivery = _delivery(head, delivery_id, body)
    if why := why_impossible(delivery):
        raise SealError(f"what is sealed is no request: {why}")
    return delivery


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
        trailers=head.trailers,
        broken=head.broken,
    )


def _encode_head(delivery: Delivery, size: int) -> bytes:
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
            size=size,
            trailers=delivery.trailers,
            broken=delivery.broken,
        )
    )


def _derive(shared: bytes, ephemeral: bytes, public: bytes) -> bytes:
    """The key of the cipher."""
    info = b"hookscope/2 piece" + ephemeral + public
    # HKDF-SHA256 (RFC 5869) without salt, for one block: extract, then expand.
    extracted = hmac.digest(bytes(32), shared, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")


def _nonce(number: bytes, piece: int) -> bytes:
    return number + piece.to_bytes(4, "big")


def _associated(endpoint: str, delivery_id: str) -> tuple[bytes, bytes]:
    """What is bound to a piece: one that others follow, and the last one."""
    of = (endpoint + delivery_id).encode()
    return of + b"\0", of + b"\1"
