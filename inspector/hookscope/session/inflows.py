"""Requests that are handed over while they arrive: each is joined with its delivery once that comes out of the log,
whole or as far as it came, and only then is there a capture of it."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import msgspec

from hookscope.attempts.make import Emit, Handover, ended
from hookscope.forward.forwarder import Forwarded
from hookscope.forward.sink import Sink
from hookscope.forward.source import SourcedRequest
from hookscope.model.events import Noticed
from hookscope.model.stream_note import CUT_WORDS, StreamNote
from hookscope.model.verdict import Recognition
from hookscope.session.course import Courses
from hookscope.session.hold import Replier
from hookscope.session.in_hand import InHand
from hookscope.store.appends import Appends
from hookscope.store.entry import Entry
from hookscope.tunnel.frames import Arrival
from hookscope.tunnel.inflow import LOST, Inflow
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import SealError
from hookscope_relay.keys.seal import Opener

# So many may wait for their deliveries; of older ones nothing will come.
MOST = 1000
OTHERWISE = "what the handler had of delivery {} is not what the relay's log holds of it"


class ReplyWith(Protocol):
    """Makes an answer to the sender of what came of a forward, and gives it to a replier for that seq."""

    def __call__(self, seq: int, outcome: Forwarded, reply: Replier | None = None) -> None: ...


@dataclass(slots=True, eq=False)
class StreamedRequest:
    """One such request: what came of it at the handler, and its entry, whichever is there first."""

    inflow: Inflow
    handover: Handover
    outcome: Forwarded | None = None
    entry: Entry | None = None
    body: bytes = b""

    @property
    def has_replied(self) -> bool:
        """Whether its sender has an answer as it is written."""
        note = self.outcome.stream if self.outcome is not None else None
        return note is not None and note.is_streamed


class Inflows:
    """Those of one session. `stream` gives what takes an answer while it arrives, `reply_with` answers a sender."""

    def __init__(
        self,
        *,
        endpoint: str,
        opener: Opener,
        courses: Courses,
        in_hand: InHand,
        appends: Appends,
        stream: Callable[[int], Sink | None],
        reply_with: ReplyWith,
        recognise: Callable[[Delivery], Recognition],
        emit: Emit,
    ) -> None:
        self._endpoint = endpoint
        self._opener = opener
        self._courses = courses
        self._in_hand = in_hand
        self._appends = appends
        self._stream = stream
        self._reply_with = reply_with
        self._recognise = recognise
        self._emit = emit
        self._by_id: OrderedDict[str, StreamedRequest] = OrderedDict()

    def begin(self, inflow: Inflow) -> None:
        """Hand a request over whose body follows; one that is not handed over so comes whole."""
        try:
            delivery, opening = self._opener.begin(inflow.first, inflow.id, self._endpoint)
        except SealError:
            inflow.leave("altered")
            return
        planned = self._courses.plan_streamed(delivery, inflow.left_ms, self._recognise)
        if planned is None:
            inflow.leave("whole")
            return
        forwarder, handover = planned
        inflow.open(opening)
        sent = handover.request
        sourced = SourcedRequest(
            method=sent.method,
            target=sent.target,
            headers=sent.headers,
            body=b"",
            source=inflow,
            own=self._courses.headers_set(handover.attempt.route),
        )
        handover = replace(handover, request=sourced)
        request = self._by_id[inflow.id] = StreamedRequest(inflow, handover)
        if len(self._by_id) > MOST:
            self._by_id.popitem(last=False)
        done, open_sink = partial(self._ended, request), partial(self._stream, inflow.answer)
        self._in_hand.forward(forwarder, len(delivery.body))
        forwarder.begin(sourced, handover.limit_s, done, handover.head, open_sink)

    def join(self, arrival: Arrival, delivery: Delivery, entry: Entry) -> bool:
        """Take the delivery of a request that was handed over, or is being; whether it is one."""
        request = self._by_id.pop(delivery.id, None) if self._by_id else None
        if request is None:
            return False
        entry.origin = "live"
        entry.attempt = request.handover.attempt
        request.entry = entry
        request.body = delivery.body
        if request.outcome is not None:
            self._join(request, entry)
            if arrival.answer and not request.has_replied:
                self._reply_with(arrival.seq, request.outcome)
        else:
            # From here on an answer is told until it is known to have come.
            request.inflow.seq = arrival.seq if arrival.answer else 0
        return True

    def _ended(self, request: StreamedRequest, outcome: Forwarded) -> None:
        inflow = request.inflow
        self._in_hand.forwarded(len(request.handover.delivery.body))
        note = replace(outcome.stream or StreamNote(), request_size=inflow.size, request_broken=_why(inflow))
        outcome = request.outcome = msgspec.structs.replace(outcome, stream=note)
        if not request.has_replied:
            if inflow.seq:
                self._reply_with(inflow.seq, outcome)
            else:
                self._reply_with(inflow.answer, outcome, inflow.reply)
        if request.entry is not None:
            self._join(request, request.entry)
            self._appends.end(request.entry)
        elif inflow.broken == LOST:
            self._tell_lost(request)

    def _join(self, request: StreamedRequest, entry: Entry) -> None:
        assert entry.attempt is not None
        assert request.outcome is not None
        entry.attempt = ended(entry.attempt, request.outcome, number=1)
        if request.inflow.is_whole and request.inflow.digest != hashlib.sha256(request.body).digest():
            self._emit(Noticed(at=time.time(), level="error", text=OTHERWISE.format(request.inflow.id)))
        request.body = b""

    def _tell_lost(self, request: StreamedRequest) -> None:
        sent = request.handover.delivery
        text = (
            f"{sent.method} {sent.target or '/'} was still arriving when the connection to the relay was lost: the"
            f" handler's request was broken off after {request.inflow.size:,} bytes"
        )
        self._emit(Noticed(at=time.time(), level="warning", text=text))


def _why(inflow: Inflow) -> str:
    return inflow.broken if inflow.broken in CUT_WORDS else ""
