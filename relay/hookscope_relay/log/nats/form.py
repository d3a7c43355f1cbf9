"""The form of what is kept on NATS: a SHA-256 over place and content, then the content.

So what a disk or a bug has changed is noticed when it is read, wherever in the cluster that was.
"""

from __future__ import annotations

import hashlib

import msgspec

from hookscope_relay.log.protocol import Record

DIGEST = 32
FORM = 1


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """A delivery as its message holds it; further pieces are under `upload`. See `Record` for the rest."""

    form: int
    delivery_id: str
    at: float
    owed: bool
    pieces: int
    size: int
    inline: tuple[bytes, ...]
    upload: str = ""

    def record(self, seq: int, prev: int) -> Record:
        """The record of that seq."""
        return Record(seq, prev, self.delivery_id, self.at, self.owed, self.pieces, self.size, self.inline)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Stored)


def wrap(subject: str, content: bytes) -> bytes:
    """The content with its hash before it."""
    return _digest(subject, content) + content


def unwrap(subject: str, payload: bytes) -> bytes | None:
    """The content; None where it is not what was kept under that subject."""
    content = payload[DIGEST:]
    return content if payload[:DIGEST] == _digest(subject, content) else None


def encode_stored(subject: str, stored: Stored) -> bytes:
    """The payload of a delivery's message."""
    return wrap(subject, _ENCODER.encode(stored))


def decode_stored(subject: str, payload: bytes) -> Stored | None:
    """The delivery of a message; None where it is damaged, or of a form that this version does not know."""
    content = unwrap(subject, payload)
    if content is None:
        return None
    try:
        stored = _DECODER.decode(content)
    except msgspec.MsgspecError:
        return None
    return stored if stored.form == FORM else None


def _digest(subject: str, content: bytes) -> bytes:
    digest = hashlib.sha256(subject.encode() + b"\n")
    digest.update(content)
    return digest.digest()
