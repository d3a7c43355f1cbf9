"""The frames that relay and inspector exchange, one binary WebSocket message each.

A message is kind (1 byte), flags (1), head length (4, big-endian), head, raw bytes. The head is a MessagePack map, so
that either end may add a key; a reader ignores keys and kinds that it does not know. `decode` raises `WireError` and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

import msgspec

from hookscope_relay.delivery import Headers
from hookscope_relay.errors import WireError

SUBPROTOCOL = "hookscope.v1"
MAX_RAW = 256 * 1024
MAX_MESSAGE = 512 * 1024
PREFIX = 6

PING_INTERVAL_S = 10.0
PONG_WITHIN_S = 10.0

WINDOW_DELIVERIES = 64
WINDOW_BYTES = 8 * 1024 * 1024
# Of one stream, each way, so many bytes may be on their way and not taken yet.
WINDOW_STREAM = 256 * 1024
# A handler's answer of such a status, or above, says that the rest of a request that still arrives is not wanted.
REFUSES = 300
# Where the numbers of requests begin that are still arriving: no log gives one so high.
FIRST_REQUEST = 1 << 52

CLOSE_RESTART = 1012
CLOSE_BROKEN_FRAME = 4000
CLOSE_KEY_SUPERSEDED = 4001
CLOSE_REPLACED = 4002
CLOSE_TOO_SLOW = 4003
CLOSE_LIMIT = 4004
FATAL_CLOSE_CODES = frozenset({CLOSE_BROKEN_FRAME, CLOSE_KEY_SUPERSEDED, CLOSE_REPLACED})

RoleName: TypeAlias = Literal["answering", "watching"]
WHYS = ("asked", "handler", "first", "taken", "nobody")
MAX_LABEL = 64
Natural: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
Status: TypeAlias = Annotated[int, msgspec.Meta(ge=100, le=999)]
Short: TypeAlias = Annotated[str, msgspec.Meta(max_length=200)]


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector, first: where deliveries come in, and where this reader stands in the log.

    `after` is the seq that the stream resumes behind, `newest` the last one in the log at this moment; what lies
    between is backlog. `answerer` and `why` are as in `Role`; the first is None of a relay that knows no `TakeOver`.
    `streams` says that the relay takes answers as they are written, and upgrades; `requests` that it passes requests on
    while they arrive, as this session asked; `nodes` that senders may reach other nodes of it, which pass on whole ones
    only.
    """

    url: str
    epoch: Short
    after: Natural
    newest: Natural
    role: RoleName
    deadline_ms: Natural
    max_body: Natural
    max_answer: Natural
    streams: bool = False
    requests: bool = False
    nodes: bool = False
    answerer: Short | None = None
    why: Short = ""


class Deliver(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: a delivery, sealed.

    The raw bytes are its first pieces, of the given lengths; the rest follow as Pieces.

    `left_ms` is how long the sender still waits (0: no longer); `answer` says that this session is the one to reply.
    `url` is the public host of the endpoint.
    """

    seq: Natural
    prev: Natural
    id: Short
    pieces: Annotated[int, msgspec.Meta(ge=1, le=4096)]
    lengths: tuple[Annotated[int, msgspec.Meta(ge=0, le=MAX_RAW)], ...]
    left_ms: Natural = 0
    answer: bool = False
    owed: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Inspector to relay: the answer to a delivery.

    The raw bytes are the body's first part, `size` all of it; Pieces bring the rest.

    `by` is empty where the handler answered, else who made the answer up.
    """

    seq: Natural
    status: Status
    reason: Annotated[str, msgspec.Meta(max_length=8192)]
    headers: Headers
    size: Natural
    by: Literal["", "inspector"] = ""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Either way: a further piece of the delivery or reply of that seq,
    numbered from the one after those in its first frame."""

    seq: Natural
    number: Natural
    last: bool


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: from now on this session answers new deliveries, or watches.

    To one that watches, `answerer` is the label that the answering session gave itself, and `why` one of `WHYS`: it
    asked to watch, another has a handler, was there first, or took over; or nobody answers at all.
    """

    role: RoleName
    answerer: Short = ""
    why: Short = ""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: how the sender's wait ended."""

    seq: Natural
    how: Literal["answered", "expired", "sender-gone"]
    status: Natural
    by: Short
    waited_ms: Natural


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: ingress turned a request to this endpoint away."""

    problem: Short
    method: Short
    target: Annotated[str, msgspec.Meta(max_length=2000)]
    size: Natural


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: what lay after `after` and up to `until` is no longer in the log."""

    after: Natural
    until: Natural
    reason: Short


class Begin(msgspec.Struct, frozen=True, kw_only=True):
    """Inspector to relay: the head of an answer whose body follows as Flows up to an End.

    A 1xx status is an interim answer, which nothing follows; but 101 says that the connection is no longer HTTP:
    from then on Flows go both ways.
    """

    seq: Natural
    status: Status
    reason: Annotated[str, msgspec.Meta(max_length=8192)]
    headers: Headers


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """Relay to inspector: a request whose body is still arriving. The raw bytes are its head, sealed; Flows bring the
    body, each sealed, the last one its trailers.

    `seq` is a number of its own, from `FIRST_REQUEST` on, since the log gives it one at its end: the whole of it comes
    then as every delivery does, of this `id`. `answer` takes the place of its seq in an answer that is given before;
    `left_ms` is how long its sender waits from its end on.
    """

    seq: Natural
    answer: Natural
    id: Short
    left_ms: Natural = 0


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Either way: the next bytes of a stream; never more than `WINDOW_STREAM` that the other end has not taken.

    `last` is the one behind the body of a request that came to its end.
    """

    seq: Natural
    last: bool = False


class End(msgspec.Struct, frozen=True, kw_only=True):
    """Either way: nothing follows in the stream, or, of a request, nothing more of it is wanted.

    `broken` says why it is not whole, empty where it is. `trailers` are those of a whole answer.
    """

    seq: Natural
    broken: Short = ""
    trailers: Headers = ()


class More(msgspec.Struct, frozen=True, kw_only=True):
    """Either way: so many more bytes of a stream were taken, and as many may follow."""

    seq: Natural
    size: Natural


class TakeOver(msgspec.Struct, frozen=True, kw_only=True):
    """Inspector to relay: this session is to answer from now on; one that only watches is not listened to."""


Frame: TypeAlias = (
    Welcome | Deliver | Reply | Piece | Role | Settled | Refused | Gap | Begin | Flow | End | More | Open | TakeOver
)

KINDS: dict[int, type[Frame]] = {
    1: Welcome,
    2: Deliver,
    3: Reply,
    4: Piece,
    5: Role,
    6: Settled,
    7: Refused,
    8: Gap,
    9: Begin,
    10: Flow,
    11: End,
    12: More,
    13: Open,
    16: TakeOver,
}
_FORGES = re.compile("[\\r\\n\\0\u0100-\U0010ffff]")
_NUMBERS = {frame_type: kind for kind, frame_type in KINDS.items()}
_DECODERS = {kind: msgspec.msgpack.Decoder(frame_type) for kind, frame_type in KINDS.items()}
_ENCODER = msgspec.msgpack.Encoder()


def encode(frame: Frame, raw: bytes = b"") -> bytes:
    """The message that carries the frame; `raw` is at most `MAX_RAW` bytes."""
    if len(raw) > MAX_RAW:
        raise ValueError(f"a frame carries at most {MAX_RAW} raw bytes, not {len(raw)}")
    head = _ENCODER.encode(frame)
    return b"".join((bytes((_NUMBERS[type(frame)], 0)), len(head).to_bytes(4, "big"), head, raw))


def decode(message: bytes) -> tuple[Frame, bytes] | None:
    """The frame and the raw bytes of a message; None for a kind of frame that this version does not know."""
    if len(message) < PREFIX:
        raise WireError(f"a message has at least {PREFIX} bytes, not {len(message)}")
    decoder = _DECODERS.get(message[0])
    if decoder is None:
        return None
    start = PREFIX + int.from_bytes(message[2:PREFIX], "big")
    if start > len(message):
        raise WireError("the head is longer than the message")
    raw = message[start:]
    if len(raw) > MAX_RAW:
        raise WireError(f"a frame carries at most {MAX_RAW} raw bytes, not {len(raw)}")
    try:
        frame: Frame = decoder.decode(message[PREFIX:start])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"a broken head: {error}") from None
    _check(frame, raw)
    return frame, raw


def split(body: bytes) -> Iterator[bytes]:
    """The body in parts that fit a frame; nothing for an empty body."""
    for start in range(0, len(body), MAX_RAW):
        yield body[start : start + MAX_RAW]


def _check(frame: Frame, raw: bytes) -> None:
    """What the head says of the raw bytes must be true of them."""
    match frame:
        case Deliver(lengths=lengths, pieces=pieces):
            if sum(lengths) != len(raw) or not 1 <= len(lengths) <= pieces:
                raise WireError("a Deliver's lengths do not fit its raw bytes")
        case Reply(size=size, headers=headers):
            if len(raw) > size:
                raise WireError("a Reply has more body than it says")
            _check_headers(headers)
            _check_text(frame.reason)
        case Piece() | Flow() | Open():
            if not raw:
                raise WireError(f"a {type(frame).__name__} has no bytes")
        case _:
            if isinstance(frame, Begin):
                _check_headers(frame.headers)
                _check_text(frame.reason)
            elif isinstance(frame, End):
                _check_headers(frame.trailers)
            if raw:
                raise WireError(f"a {type(frame).__name__} carries no raw bytes")


def _check_headers(headers: Headers) -> None:
    """Header text that would end a line, or that is not latin-1, could forge an answer."""
    names = [name for name, _ in headers]
    joined = "".join(names)
    if not (all(names) and joined.isascii() and joined.isprintable()) or ":" in joined or " " in joined:
        raise WireError("a header name is not a token")
    _check_text("".join([value for _, value in headers]))


def _check_text(text: str) -> None:
    if not (text.isascii() and text.isprintable()) and _FORGES.search(text):
        raise WireError("a header value holds a line end, a NUL or a character beyond latin-1")
