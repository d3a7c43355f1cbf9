"""One inspector's session at the relay, without I/O: what may be sent to it next, and what its replies amount to.

A session is a position in the log and a window, never a queue: records are offered one at a time, in order, and only
while there is room. Large deliveries travel as pieces that take turns with everything else. Replies that arrive in
pieces are held to a room that all sessions share.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.downflow import Downflow
from hookscope_relay.errors import WireError
from hookscope_relay.keys.seal import Sealing
from hookscope_relay.limits import Room
from hookscope_relay.log.protocol import Record
from hookscope_relay.made_answers import build_problem
from hookscope_relay.stream import Stream
from hookscope_relay.wire import (
    WINDOW_BYTES,
    WINDOW_DELIVERIES,
    Begin,
    Deliver,
    End,
    Flow,
    Frame,
    Gap,
    More,
    Piece,
    Refused,
    Reply,
    Role,
    RoleName,
    Settled,
    encode,
)

Mode: TypeAlias = Literal["handler", "capture", "watch"]
ReplyBy: TypeAlias = Literal["", "inspector", "relay"]

# A reader that lets more than this pile up is too slow; of mere refusals it gets no more than the second number at a
# time.
MOST_NOTICES = 4096
MOST_REFUSED = 64
# The one status below 200 that is a final answer (RFC 9110, 15.2.2).
SWITCHING = 101


class Replied(NamedTuple):
    """A whole reply: the answer for the delivery of that seq; `by` is empty where the handler gave it.

    It is `relay` where there was no room for the reply: then the answer says so. With a `stream` the answer is its head
    alone; a 1xx status but 101 is an interim answer.
    """

    seq: int
    answer: Answer
    by: ReplyBy
    stream: Stream | None = None


@dataclass(slots=True)
class _Upload:
    """The pieces of a large delivery that are still to be sent."""

    seq: int
    next_piece: int
    pieces: int
    size: int


@dataclass(slots=True)
class _Partial:
    """A reply whose body is still arriving."""

    reply: Reply
    body: bytearray
    next_piece: int = 1


@dataclass(slots=True)
class Session:
    """The state of one attached inspector.

    `attached_at` decides who is first among equals, unless one took over (`taken`: the later, the higher; 0: never).
    `position` is the last seq sent; `label` what the inspector calls itself.

    `generation` is that of the key which opened it; `replies` the room for replies that are still arriving; `streams`
    says that its inspector writes answers as they come, `requests` that it takes requests as they come; `ring` that
    there is something to send; `later` is what goes behind all that is ready, for nobody waits for it; `flowing` are
    the streams whose senders wrote.
    """

    id: bytes
    endpoint: str
    mode: Mode
    attached_at: float
    position: int
    max_answer: int
    role: RoleName = "watching"
    answerer: str = ""
    why: str = ""
    label: str = ""
    taken: int = 0
    generation: int = 0
    replies: Room = field(default_factory=Room)
    streams: bool = False
    requests: bool = False
    ring: Callable[[], None] = lambda: None
    notices: deque[bytes] = field(default_factory=deque)
    later: list[bytes] = field(default_factory=list)
    unanswered: dict[int, str] = field(default_factory=dict)
    _uploads: deque[_Upload] = field(default_factory=deque)
    _uploading: int = 0
    _partials: dict[int, _Partial] = field(default_factory=dict)
    _settled_ahead: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _piece_turn: bool = False
    _streams: dict[int, Stream] = field(default_factory=dict)
    _requests: dict[int, Downflow] = field(default_factory=dict)
    _early: dict[int, str] = field(default_factory=dict)
    flowing: dict[int, Stream | Downflow] = field(default_factory=dict)

    @property
    def is_too_slow(self) -> bool:
        """Whether more has piled up than its reader may leave lying."""
        return len(self.notices) + len(self.later) > MOST_NOTICES

    def has_room(self) -> bool:
        """Whether another delivery may be sent now."""
        return len(self.unanswered) < WINDOW_DELIVERIES and self._uploading < WINDOW_BYTES

    def deliver(self, record: Record, *, left_ms: int, answer: bool) -> None:
        """Queue the message that hands over a record, which must be the next one of the log for this session.

        A gap in the log is declared before it; how its sender's wait ended, if that is known already, follows it.
        """
        self.skip(record.prev)
        self.position = record.seq
        if answer:
            self.unanswered[record.seq] = record.delivery_id
        if record.pieces > len(record.inline):
            self._uploads.append(_Upload(record.seq, len(record.inline), record.pieces, record.size))
            self._uploading += record.size
        raw = b"".join(record.inline)
        head = Deliver(
            seq=record.seq,
            prev=record.prev,
            id=record.delivery_id,
            pieces=record.pieces,
            lengths=tuple(map(len, record.inline)),
            left_ms=left_ms,
            answer=answer,
            owed=record.owed,
        )
        self.notices.append(encode(head, raw))
        if settled := self._settled_ahead.pop(record.seq, None):
            self.notices.append(settled)

    def skip(self, until: int) -> None:
        """Declare that what lies between the position and `until` is no longer in the log;
        nothing where nothing does."""
        if until > self.position:
            self.notices.append(encode(Gap(after=self.position, until=until, reason="expired")))
            self._settled_ahead = OrderedDict((seq, said) for seq, said in self._settled_ahead.items() if seq > until)
            self.position = until

    def open_request(self, seq: int, delivery: Delivery, sealing: Sealing, left_ms: int) -> Downflow:
        """Begin to pass a request on whose body is still arriving; `seq` and the number behind it are its own."""
        answer = seq + 1
        downflow = Downflow(
            seq,
            answer,
            delivery,
            sealing,
            left_ms,
            lambda: self._flow(seq, downflow),
            partial(self._requests.pop, seq, None),
            partial(self._early.pop, answer, None),
        )
        self._requests[seq] = downflow
        self._early[answer] = delivery.id
        self._flow(seq, downflow)
        return downflow

    def awaited(self, seq: int) -> str:
        """The delivery whose answer is awaited under that number; empty where there is none."""
        return self.unanswered.get(seq, "") or self._early.get(seq, "")

    def wants_piece(self) -> tuple[int, int] | None:
        """The seq and number of the piece to be sent next, taking turns between large deliveries;
        None where there is none."""
        if not self._uploads:
            return None
        return self._uploads[0].seq, self._uploads[0].next_piece

    def piece(self, content: bytes | None) -> None:
        """Queue the message for the piece that `wants_piece` named;
        None (no longer in the log) drops that delivery's rest."""
        upload = self._uploads.popleft()
        number = upload.next_piece
        upload.next_piece += 1
        last = upload.next_piece == upload.pieces
        if content is None or last:
            self._uploading -= upload.size
        else:
            self._uploads.append(upload)
        if content is None:
            self.notices.append(encode(Gap(after=upload.seq - 1, until=upload.seq, reason="expired")))
        else:
            self.notices.append(encode(Piece(seq=upload.seq, number=number, last=last), content))

    def take_turn(self, records_waiting: bool) -> Literal["record", "piece", "nothing"]:
        """Whether a new record or a piece goes next: they alternate while there are both."""
        can_record = records_waiting and self.has_room()
        if can_record and self._uploads:
            self._piece_turn = not self._piece_turn
            return "piece" if self._piece_turn else "record"
        if can_record:
            return "record"
        return "piece" if self._uploads else "nothing"

    def assume(self, role: RoleName, answerer: str = "", why: str = "") -> None:
        """Note the session's role, and who answers in its place, and tell it of a change."""
        if (role, answerer, why) != (self.role, self.answerer, self.why):
            self.role, self.answerer, self.why = role, answerer, why
            self.notices.append(encode(Role(role=role, answerer=answerer, why=why)))

    def settle(self, frame: Settled) -> None:
        """Tell the session how a sender's wait ended, not before it was told of the delivery."""
        self.unanswered.pop(frame.seq, None)
        self._drop_partial(frame.seq)
        if frame.seq <= self.position:
            self.later.append(encode(frame))
        else:
            self._settled_ahead[frame.seq] = encode(frame)
            if len(self._settled_ahead) > MOST_NOTICES:
                self._settled_ahead.popitem(last=False)

    def turn_away(self, frame: Refused) -> None:
        """Tell the session what ingress turned away, unless it has much of that to read already."""
        if len(self.notices) < MOST_REFUSED:
            self.notices.append(encode(frame))

    def end(self) -> None:
        """Give back what the session holds of the shared room, and break its streams off."""
        for seq in tuple(self._partials):
            self._drop_partial(seq)
        for stream in tuple(self._streams.values()):
            stream.fail("inspector-gone")
        for downflow in tuple(self._requests.values()):
            downflow.stop()

    def receive(self, frame: Frame, raw: bytes) -> Replied | None:
        """Take a frame from the inspector; a whole reply to a delivery that waits for one is returned,
        others are dropped."""
        match frame:
            case Reply() if self.awaited(frame.seq):
                return self._receive_reply(frame, raw)
            case Piece() if frame.seq in self._partials:
                return self._receive_piece(frame, raw)
            case Begin() if self.awaited(frame.seq):
                return self._begin_stream(frame)
            case Begin() if frame.status >= 200 or frame.status == SWITCHING:
                self._tell(End(seq=frame.seq, broken="sender-gone"))
            case Flow() | More() | End() if stream := self._streams.get(frame.seq):
                self._go_on(stream, frame, raw)
            case More() if downflow := self._requests.get(frame.seq):
                downflow.grant(frame.size)
            case End() if downflow := self._requests.get(frame.seq):
                downflow.stop()
            case Reply() | Piece() | Begin() | Flow() | More() | End():
                pass
            case _:
                raise WireError(f"a {type(frame).__name__} is not an inspector's to send")
        return None

    def flows(self) -> list[bytes]:
        """The messages with what senders wrote, one part each."""
        flowing, self.flowing = self.flowing, {}
        return [message for stream in flowing.values() for message in stream.messages()]

    def _begin_stream(self, begin: Begin) -> Replied:
        answer = Answer(status=begin.status, reason=begin.reason, headers=begin.headers)
        if begin.status < 200 and begin.status != SWITCHING:
            return Replied(begin.seq, answer, "")
        seq = begin.seq
        stream = Stream(seq, self._tell, lambda: self._flow(seq, stream), lambda: self._forget(seq))
        self._streams[seq] = stream
        self._answered(seq)
        return Replied(seq, answer, "", stream)

    def _go_on(self, stream: Stream, frame: Flow | More | End, raw: bytes) -> None:
        match frame:
            case Flow():
                stream.put(raw)
            case More():
                stream.grant(frame.size)
            case End():
                self._forget(frame.seq)
                if frame.broken:
                    stream.fail(frame.broken)
                else:
                    stream.end(frame.trailers)

    def _answered(self, seq: int) -> None:
        if self.unanswered.pop(seq, None) is None:
            self._early.pop(seq, None)

    def _flow(self, seq: int, stream: Stream | Downflow) -> None:
        self.flowing[seq] = stream
        self.ring()

    def _forget(self, seq: int) -> None:
        self._streams.pop(seq, None)

    def _tell(self, frame: Frame) -> None:
        self.notices.append(encode(frame))
        self.ring()

    def _receive_reply(self, reply: Reply, raw: bytes) -> Replied | None:
        if reply.seq in self._partials:
            raise WireError("a second Reply to the same delivery")
        if reply.size > self.max_answer:
            raise WireError("a Reply larger than the Welcome allows")
        if len(raw) == reply.size:
            return self._replied(reply, raw)
        if self.replies.take(self._key, reply.size):
            self._answered(reply.seq)
            return Replied(reply.seq, build_problem("relay-busy", "relay", headers=(("Retry-After", "5"),)), "relay")
        self._partials[reply.seq] = _Partial(reply, bytearray(raw))
        return None

    def _receive_piece(self, piece: Piece, raw: bytes) -> Replied | None:
        partial = self._partials[piece.seq]
        if piece.number != partial.next_piece:
            raise WireError("a Piece out of order")
        partial.next_piece += 1
        partial.body += raw
        whole = len(partial.body) == partial.reply.size
        if piece.last != whole or len(partial.body) > partial.reply.size:
            raise WireError("a Reply's pieces do not add up to its size")
        return self._replied(partial.reply, bytes(partial.body)) if whole else None

    def _replied(self, reply: Reply, body: bytes) -> Replied:
        self._drop_partial(reply.seq)
        self._answered(reply.seq)
        answer = Answer(status=reply.status, reason=reply.reason, headers=reply.headers, body=body)
        return Replied(reply.seq, answer, reply.by)

    def _drop_partial(self, seq: int) -> None:
        if partial := self._partials.pop(seq, None):
            self.replies.give(self._key, partial.reply.size)

    @property
    def _key(self) -> str:
        return f"{self.endpoint}:{self.id.hex()}"
