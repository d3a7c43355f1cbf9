"""What came of a request at the handler, joined with its delivery, whichever is there first."""

from __future__ import annotations

import hashlib
from typing import Any
from unittest.mock import Mock

import pytest

from factories import make_delivery, make_key, make_ring
from hookscope.attempts.make import Handover
from hookscope.forward.forwarder import Forwarded
from hookscope.forward.source import SourcedRequest
from hookscope.model.capture import Attempt, Failure, SentRequest
from hookscope.model.events import Event, Noticed
from hookscope.model.stream_note import StreamNote
from hookscope.session.in_hand import InHand
from hookscope.session.inflows import Inflows
from hookscope.store.entry import Entry
from hookscope.store.inserts import LogPlace
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Answer
from hookscope_relay.keys.seal import Opener, Sealer

KEY = make_key()
DELIVERY = make_delivery(body=b"one")
SENT = SentRequest(method="POST", target="/", headers=(("Transfer-Encoding", "chunked"),), body=b"")
ATTEMPT = Attempt(number=0, origin="live", handler_url="http://h/", started_at=1.0)
FINE = Forwarded(answer=Answer(status=200), elapsed_ms=5.0)
CUT = Forwarded(failure=Failure(kind="cut-off", detail="lost"))


OWN = (("X-Env", "dev"),)


class World:
    """A session's requests; `begun` is what was handed over, `replies` are the answers by their numbers."""

    def __init__(self, *, plans: bool = True) -> None:
        self.begun: list[tuple[SentRequest, Any]] = []
        self.replies: list[tuple[int, Forwarded, bool]] = []
        self.events: list[Event] = []
        self.appends = Mock()
        handover = Handover(delivery=make_delivery(body=b""), request=SENT, attempt=ATTEMPT, limit_s=5.0)
        forwarder = Mock(begin=lambda request, _, done, *__: self.begun.append((request, done)))
        courses = Mock(forwarder=forwarder, plan_streamed=Mock(return_value=(forwarder, handover) if plans else None))
        courses.headers_set = {ATTEMPT.route: OWN}.get
        self.in_hand = InHand()
        self.inflows = Inflows(
            endpoint=KEY.id,
            opener=Opener(make_ring().sealing),
            courses=courses,
            in_hand=self.in_hand,
            appends=self.appends,
            stream=lambda _: None,
            reply_with=lambda seq, outcome, reply=None: self.replies.append((seq, outcome, reply is not None)),
            recognise=Mock(),
            emit=self.events.append,
        )
        sealing = Sealer().begin(DELIVERY.id, KEY.id, KEY.seal, 0.0)
        head = sealing.open(make_delivery(body=b""))
        self.inflow = Mock(id=DELIVERY.id, first=head, answer=9, seq=0, left_ms=100, size=3, broken="", is_whole=True)
        self.inflow.digest = hashlib.sha256(b"one").digest()
        self.inflows.begin(self.inflow)

    def end(self, outcome: Forwarded) -> None:
        self.begun[0][1](outcome)

    def join(self, *, answer: bool = True) -> Entry:
        entry = Entry(delivery=DELIVERY, place=LogPlace(), origin="backlog")
        arrival = Arrival(epoch="e", seq=4, prev=3, id=DELIVERY.id, pieces=(), left_ms=0, answer=answer, owed=False)
        assert self.inflows.join(arrival, DELIVERY, entry)
        return entry


def test_a_request_is_handed_over_with_its_body_to_come() -> None:
    world = World()
    request = world.begun[0][0]
    assert isinstance(request, SourcedRequest)
    assert (request.source, request.headers) == (world.inflow, SENT.headers)


def test_one_that_has_to_come_whole_is_left() -> None:
    world = World(plans=False)
    assert world.begun == []
    world.inflow.leave.assert_called_once_with("whole")
    assert not world.inflows.join(Mock(), DELIVERY, Mock())


def test_an_answer_before_the_delivery_goes_by_the_request_s_own_number() -> None:
    world = World()
    world.end(FINE)
    ((seq, outcome, by_itself),) = world.replies
    assert (seq, by_itself, outcome.stream) == (9, True, StreamNote(request_size=3))
    entry = world.join(answer=False)
    assert (entry.origin, entry.attempt and entry.attempt.answer) == ("live", FINE.answer)
    assert len(world.replies) == 1


def test_an_answer_behind_the_delivery_goes_by_its_seq() -> None:
    world = World()
    entry = world.join()
    assert entry.attempt == ATTEMPT
    assert world.inflow.seq == 4
    world.end(FINE)
    assert [(seq, by_itself) for seq, _, by_itself in world.replies] == [(4, False)]
    assert (entry.attempt and entry.attempt.answer) == FINE.answer
    world.appends.end.assert_called_once_with(entry)
    assert world.events == []


def test_what_broke_off_with_the_connection_is_told_and_not_handed_over_again() -> None:
    world = World()
    world.inflow.broken, world.inflow.is_whole = "tunnel-lost", False
    world.end(CUT)
    (event,) = world.events
    assert isinstance(event, Noticed)
    assert "the handler's request was broken off after 3 bytes" in event.text
    entry = world.join()
    assert entry.attempt is not None
    assert entry.attempt.failure == CUT.failure
    assert entry.attempt.stream == StreamNote(request_size=3, request_broken="tunnel-lost")
    # Its sender waits still, and hears of it.
    assert [seq for seq, *_ in world.replies] == [9, 4]


@pytest.mark.parametrize("first", ["delivery", "outcome"])
def test_what_the_handler_had_must_be_what_the_log_holds(first: str) -> None:
    world = World()
    world.inflow.digest = hashlib.sha256(b"other").digest()
    if first == "delivery":
        world.join()
        world.end(FINE)
    else:
        world.end(FINE)
        world.join(answer=False)
    (event,) = world.events
    assert isinstance(event, Noticed)
    assert event.level == "error"


def test_one_whose_head_was_altered_is_left() -> None:
    world = World()
    other = Mock(id=DELIVERY.id, first=b"not sealed for us" * 9)
    world.inflows.begin(other)
    other.leave.assert_called_once_with("altered")
    assert len(world.begun) == 1


def test_only_the_last_ones_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.session.inflows.MOST", 1)
    world = World()
    sealing = Sealer().begin("another", KEY.id, KEY.seal, 0.0)
    head = sealing.open(make_delivery(id="another", body=b""))
    world.inflows.begin(Mock(id="another", first=head, answer=11, left_ms=100))
    entry = Entry(delivery=DELIVERY, place=LogPlace(), origin="backlog")
    arrival = Arrival(epoch="e", seq=4, prev=3, id=DELIVERY.id, pieces=(), left_ms=0, answer=True, owed=False)
    assert not world.inflows.join(arrival, DELIVERY, entry)


async def test_the_headers_that_the_user_sets_go_with_it() -> None:
    (request, _), *_ = World().begun
    assert isinstance(request, SourcedRequest)
    assert request.own == OWN
