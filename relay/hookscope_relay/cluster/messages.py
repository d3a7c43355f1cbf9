"""The messages between nodes (MessagePack, told apart by their tag). A node ignores what it does not know."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from hookscope_relay.session import Mode


class Seat(msgspec.Struct, frozen=True, array_like=True):
    """An attached session; `attached_at` in epoch seconds, by a clock that never goes back."""

    endpoint: str
    session: bytes
    mode: Mode
    attached_at: float
    generation: int
    taken: int = 0
    label: str = ""
    streams: bool = False


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A node asks who is attached where."""

    node: str


class Whole(msgspec.Struct, frozen=True, tag="whole"):
    """All who are attached to a node, in parts; as of its `version`."""

    node: str
    version: int
    seats: tuple[Seat, ...]
    first: bool
    last: bool


class Change(msgspec.Struct, frozen=True, tag="change"):
    """Who is attached to one endpoint at a node now, which makes its `version`, and places that are kept:
    session, since when it was attached, when it took over, when it went."""

    node: str
    version: int
    endpoint: str
    seats: tuple[Seat, ...]
    places: tuple[tuple[bytes, float, int, float], ...]


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """A node lives, and is at that version."""

    node: str
    version: int


class Farewell(msgspec.Struct, frozen=True, tag="farewell"):
    """A node ends."""

    node: str


class Wake(msgspec.Struct, frozen=True, tag="wake"):
    """There is a record of that seq in the log."""

    endpoint: str
    seq: int


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """A sender waits at `node` for the answer of a session of the node that is asked, which says `Agreed`.

    `seq` is that of a delivery which may have left before, else 0.
    """

    node: str
    endpoint: str
    delivery_id: str
    session: bytes
    left_s: float
    seq: int


class Agreed(msgspec.Struct, frozen=True, tag="agreed"):
    """Whether the session is there."""

    there: bool


class Part(msgspec.Struct, frozen=True, tag="part"):
    """An answer, or a part of its body; the head is in part 0. `size` is of the whole body.

    With `streams` it is the head alone of one that is still being written, and `node` is where it comes from.
    """

    delivery_id: str
    session: bytes
    number: int
    size: int
    body: bytes
    seq: int = 0
    status: int = 0
    reason: str = ""
    by: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    streams: bool = False
    node: str = ""


class InterimAnswer(msgspec.Struct, frozen=True, tag="interim"):
    """An interim answer (1xx) of a session."""

    delivery_id: str
    session: bytes
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]


class Across(msgspec.Struct, frozen=True, tag="across"):
    """Of an answer that is still being written: an encoded frame, as a session sends and gets it."""

    node: str
    delivery_id: str
    frame: bytes


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """How a sender's wait ended, as the encoded frame for inspectors."""

    endpoint: str
    delivery_id: str
    frame: bytes


class TurnedAway(msgspec.Struct, frozen=True, tag="turned-away"):
    """What ingress turned away, as the encoded frame for inspectors."""

    endpoint: str
    frame: bytes


class Changed(msgspec.Struct, frozen=True, tag="changed"):
    """An endpoint's record is another one; of the log itself where `endpoint` is empty."""

    endpoint: str


Said: TypeAlias = (
    Hello
    | Whole
    | Change
    | Beat
    | Farewell
    | Wake
    | Ask
    | Agreed
    | Part
    | InterimAnswer
    | Across
    | Ended
    | TurnedAway
    | Changed
)

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Said)


def encode_said(said: Said) -> bytes:
    """The payload of a message."""
    return _ENCODER.encode(said)


def decode_said(payload: bytes) -> Said | None:
    """What a message says; None for what this version does not know."""
    try:
        said: Said = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return said
