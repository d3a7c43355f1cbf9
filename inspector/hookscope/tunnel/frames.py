"""The inspector's end of a session, without I/O: messages in, arrivals out.

Deliveries are put together from their pieces and reported whole; large ones overlap with small ones, so they may end
out of order.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from hookscope_relay.errors import WireError
from hookscope_relay.wire import (
    MAX_RAW,
    WINDOW_BYTES,
    WINDOW_DELIVERIES,
    Deliver,
    End,
    Flow,
    Frame,
    Gap,
    More,
    Open,
    Piece,
    Refused,
    Role,
    Settled,
    Welcome,
    decode,
)

# Sealed pieces are a little longer than the body; more than this beyond the relay's own limit is nonsense.
SLACK_BYTES = 1 << 20
# The largest delivery that is taken, whatever the relay allows; and what may be unfinished in all: one of that size,
# and a window.
MAX_DELIVERY_BYTES = 40 << 20
MAX_UNFINISHED_BYTES = MAX_DELIVERY_BYTES + WINDOW_BYTES
MAX_UNFINISHED = WINDOW_DELIVERIES
TOO_LARGE = f"larger than {MAX_DELIVERY_BYTES >> 20} MiB"
# Of so many deliveries the ids are known by their seqs: more than senders that wait at a time.
NAMES_KEPT = 10_000
TAG_ROOM = 16


class Arrival(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A whole delivery, still sealed.

    `left_ms` is how long the sender still waits, as of the moment its first frame came. `is_new` says that it came to
    the relay while this connection was open: it is no backlog, however soon somebody answered it.
    """

    epoch: str
    seq: int
    prev: int
    id: str
    pieces: tuple[bytes, ...]
    left_ms: int
    answer: bool
    owed: bool
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class StreamNews:
    """What the relay says of an answer, or of a request, that is passed on as it arrives, with the raw bytes."""

    frame: Flow | End | More | Open
    raw: bytes


Incoming: TypeAlias = Welcome | Arrival | Role | Settled | Refused | Gap | StreamNews


@dataclass(slots=True)
class _Partial:
    head: Deliver
    pieces: list[bytes]
    size: int


@dataclass(slots=True)
class InspectorSession:
    """What the inspector knows of one connection. The first message must be the Welcome.

    A relay is a stranger's machine: what it may leave unfinished has a bound of ours, and a delivery beyond it is
    passed over as a gap.
    """

    welcome: Welcome | None = None
    _partials: dict[int, _Partial] = field(default_factory=dict)
    _names: OrderedDict[int, str] = field(default_factory=OrderedDict)

    def receive(self, message: bytes) -> Incoming | None:
        """What a message amounts to, None where it completes nothing;
        `WireError` where the relay had no right to send it."""
        decoded = decode(message)
        if decoded is None:
            return None
        frame, raw = decoded
        if (self.welcome is None) != isinstance(frame, Welcome):
            raise WireError("the Welcome comes first, and once")
        return self._take(frame, raw)

    def name(self, seq: int) -> str:
        """The delivery id of a seq that this connection brought, of the latest ones; empty for another."""
        return self._names.get(seq, "")

    def _take(self, frame: Frame, raw: bytes) -> Incoming | None:
        match frame:
            case Welcome():
                self.welcome = frame
                return frame
            case Deliver():
                return self._begin(frame, raw)
            case Piece():
                return self._continue(frame, raw)
            case Gap(after=after, until=until):
                self._partials = {seq: part for seq, part in self._partials.items() if not after < seq <= until}
                return frame
            case Role() | Settled() | Refused():
                return frame
            case Flow() | End() | More() | Open():
                return StreamNews(frame, raw)
        raise WireError(f"a {type(frame).__name__} is not a relay's to send")

    def _begin(self, head: Deliver, raw: bytes) -> Arrival | Gap | None:
        if (head.pieces - 2) * (MAX_RAW - TAG_ROOM) > MAX_DELIVERY_BYTES:
            return Gap(after=head.prev, until=head.seq, reason=TOO_LARGE)
        pieces, start = [], 0
        for length in head.lengths:
            pieces.append(raw[start : start + length])
            start += length
        self._names[head.seq] = head.id
        if len(self._names) > NAMES_KEPT:
            self._names.popitem(last=False)
        if len(pieces) == head.pieces:
            return self._arrival(head, pieces)
        self._partials[head.seq] = _Partial(head, pieces, len(raw))
        self._check_unfinished()
        return None

    def _continue(self, piece: Piece, raw: bytes) -> Arrival | None:
        partial = self._partials.get(piece.seq)
        if partial is None:
            return None
        partial.pieces.append(raw)
        partial.size += len(raw)
        self._check_unfinished()
        assert self.welcome is not None
        if len(partial.pieces) != piece.number + 1 or piece.last != (len(partial.pieces) == partial.head.pieces):
            raise WireError("a Piece out of order")
        if partial.size > self.welcome.max_body + SLACK_BYTES:
            raise WireError("a delivery larger than the relay's own limit")
        if not piece.last:
            return None
        del self._partials[piece.seq]
        return self._arrival(partial.head, partial.pieces)

    def _check_unfinished(self) -> None:
        unfinished = sum(partial.size for partial in self._partials.values())
        if len(self._partials) > MAX_UNFINISHED or unfinished > MAX_UNFINISHED_BYTES:
            raise WireError("more unfinished deliveries than a window holds")

    def _arrival(self, head: Deliver, pieces: list[bytes]) -> Arrival:
        assert self.welcome is not None
        return Arrival(
            epoch=self.welcome.epoch,
            seq=head.seq,
            prev=head.prev,
            id=head.id,
            pieces=tuple(pieces),
            left_ms=head.left_ms,
            answer=head.answer,
            owed=head.owed,
            is_new=head.seq > self.welcome.newest,
        )
