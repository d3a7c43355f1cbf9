"""An answer while it arrives: kept, and passed on to its sender as it comes where it is none of the small whole ones.

An answer of a stated, small length is given back whole, and so is one that ends at once. All others go on as they come,
and so much of them is kept as fits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import ClassVar, Protocol, TypeAlias

import h11

from hookscope.forward.conversation import Listening
from hookscope.model.stream_note import StreamNote
from hookscope_relay.delivery import Answer, Headers

# What is no longer than this by its own word is waited for whole.
WHOLE_BYTES = 256 * 1024
# An answer without a length is waited for as long as this, and up to so many bytes; events are not waited for at all.
WHOLE_WITHIN_S = 0.02
HELD_BYTES = 64 * 1024
# Of an answer without a length so much is kept.
KEPT_BYTES = 1024 * 1024
# Of all that are being passed on at a time so much: their senders may read as slowly as they like.
KEPT_IN_ALL = 48 * 1024 * 1024
MOST_INTERIMS = 16


class Sink(Protocol):
    """Where an answer goes while it arrives; `gone` is done once nobody takes any more of it, and says why."""

    gone: asyncio.Future[str]

    @property
    def is_open(self) -> bool: ...

    @property
    def has_begun(self) -> bool: ...

    def interim(self, answer: Answer) -> None: ...

    def begin(self, head: Answer) -> None: ...

    def put(self, data: bytes) -> None: ...

    async def room(self, size: int) -> None: ...

    def end(self, trailers: Headers = ()) -> None: ...

    def abort(self, reason: str) -> None: ...

    async def take(self) -> bytes | None: ...


# Passes bytes both ways, telling of each and whether the sender wrote them; why the handler's side broke.
Converse: TypeAlias = "Callable[[Sink, Callable[[bytes, bool], None]], Awaitable[str]]"


class RawItems(Protocol):
    """What h11 holds headers in."""

    def raw_items(self) -> list[tuple[bytes, bytes]]: ...


class SinkClosed(Exception):
    """Nobody takes any more of an answer."""


class AnswerSoFar:
    """One answer: `note_interim`, `begin`, `add` and `end` in that order, `close` at last.

    `protocol` is what the handler spoke, where that was not HTTP/1.1. `begun` is called once, when it begins to be
    passed on, with whether it has to end once nobody takes it any more. Without a sink, or with one that is
    closed, it is kept whole. Where many are under way, what is kept of one may be less, or nothing: `note` has
    its size all the same.
    """

    # Bytes that are kept of all that are passed on and have not ended; of one event loop.
    kept_in_all: ClassVar[int] = 0

    def __init__(self, sink: Sink | None = None, begun: Callable[[bool], None] = lambda _: None) -> None:
        self.size = 0
        self.is_streamed = False
        self._sink = sink
        self._begun = begun
        self._head: Answer | None = None
        self._parts: list[bytes] = []
        self._kept = 0
        self._most = KEPT_BYTES
        self._interims: list[Answer] = []
        self._trailers: Headers = ()
        self._timer: asyncio.TimerHandle | None = None
        self._sent = 0
        self._broken = ""
        self._listening: Listening | None = None
        self._unframed = False
        self.protocol = ""

    def note_interim(self, answer: Answer) -> None:
        """An interim answer came."""
        if len(self._interims) < MOST_INTERIMS:
            self._interims.append(answer)
            if self._sink is not None:
                self._sink.interim(answer)

    async def switch(self, head: Answer, converse: Converse) -> None:
        """The handler switched protocols: bytes pass both ways from here until either side ends."""
        assert self._sink is not None
        self._head = head
        listening = self._listening = Listening(head.headers)
        self.is_streamed = True
        self._sink.begin(head)
        self._begun(False)
        clock = asyncio.get_running_loop().time
        started = clock()

        def heard(data: bytes, from_sender: bool) -> None:
            if from_sender:
                self._sent += len(data)
            else:
                self.size += len(data)
            listening.hear(data, from_sender=from_sender, after_s=clock() - started)

        self._broken = await converse(self._sink, heard)
        if not self._broken and self._sink.gone.done() and not listening.has_closed:
            self._broken = self._sink.gone.result()

    def begin(self, head: Answer, length: int | None, most: int, *, unframed: bool = False) -> None:
        """The head came; `length` is what it says of the body, None where it says nothing; `most` is how large an
        answer is kept whole. An `unframed` one does not say how its end is told: its sender gets chunks."""
        self._head = head
        self._unframed = unframed and length is None
        if length is not None:
            self._most = most if length <= most else KEPT_BYTES
            if length > WHOLE_BYTES:
                self._stream()
        elif _has_events(self._head):
            self._stream()
        else:
            self._timer = asyncio.get_running_loop().call_later(WHOLE_WITHIN_S, self._stream)

    async def add(self, data: bytes) -> None:
        """A part of the body came; `SinkClosed` where it goes on to nobody."""
        self.size += len(data)
        if self._sink is not None and self.is_streamed:
            self._keep(data)
            try:
                await self._sink.room(len(data))
            except OSError:
                raise SinkClosed from None
            self._sink.put(data)
            return
        self._parts.append(data)
        if self._timer is not None and self.size > HELD_BYTES:
            self._stream()

    def end(self, trailers: Headers) -> None:
        """All of it came."""
        self._trailers = trailers
        if trailers and not self.is_streamed:
            # They have no place in a whole one.
            self._stream()
        if self._sink is not None and self.is_streamed:
            self._sink.end(trailers)

    def close(self) -> None:
        """Nothing more comes, whole or not."""
        self._stop_waiting()
        if self.is_streamed:
            AnswerSoFar.kept_in_all -= self._kept
            self._kept = 0

    @property
    def can_switch(self) -> bool:
        """Whether there is a sender whose connection can be upgraded."""
        return self._sink is not None and self._sink.is_open

    @property
    def gone(self) -> str:
        """Why nobody takes any more of what is passed on; empty while somebody does."""
        if self._listening is not None:
            return self._broken
        return self._sink.gone.result() if self.is_streamed and self._sink and self._sink.gone.done() else ""

    def abort(self, reason: str) -> None:
        """What was passed on is not all."""
        if self._sink is not None and self.is_streamed:
            self._sink.abort(reason)

    @property
    def answer(self) -> Answer:
        """What is kept of it."""
        assert self._head is not None
        head = self._head
        return Answer(status=head.status, reason=head.reason, headers=head.headers, body=b"".join(self._parts))

    def note(self, broken: str = "") -> StreamNote | None:
        """What there is to say of it; None of an ordinary one."""
        if not (self.is_streamed or self._interims or self._trailers or self.protocol):
            return None
        return StreamNote(
            protocol=self.protocol,
            size=self.size,
            is_streamed=self.is_streamed,
            broken=broken,
            trailers=self._trailers,
            interims=tuple(self._interims),
            sent=self._sent,
            spoken=tuple(self._listening.spoken) if self._listening is not None else (),
            unheard=self._listening.unheard if self._listening is not None else 0,
        )

    def _stream(self) -> None:
        """Pass it on from here."""
        self._stop_waiting()
        if self._sink is None or self._head is None or not self._sink.is_open:
            return
        self.is_streamed = True
        chunked = (("Transfer-Encoding", "chunked"),) if self._unframed else ()
        self._sink.begin(replace(self._head, headers=self._head.headers + chunked))
        held, self._parts = self._parts, []
        for part in held:
            self._keep(part)
            # What was held fits the first window.
            self._sink.put(part)
        self._begun(True)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _keep(self, data: bytes) -> None:
        part = data[: self._most - self._kept]
        if AnswerSoFar.kept_in_all + len(part) > KEPT_IN_ALL:
            # What is kept is a beginning: nothing follows what was left out.
            self._most = self._kept
        elif part:
            AnswerSoFar.kept_in_all += len(part)
            self._parts.append(part)
            self._kept += len(part)


def head_of(event: h11.Response | h11.InformationalResponse) -> Answer:
    """The head of an answer that h11 read."""
    return Answer(
        status=event.status_code, reason=bytes(event.reason).decode("latin-1"), headers=pairs_of(event.headers)
    )


def pairs_of(headers: RawItems) -> Headers:
    """The header pairs as they were on the wire."""
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw_items())


def _has_events(head: Answer) -> bool:
    """Whether it is a stream of events, which are to be seen as they happen."""
    return any(
        name.lower() == "content-type" and value.strip().lower().startswith("text/event-stream")
        for name, value in head.headers
    )
