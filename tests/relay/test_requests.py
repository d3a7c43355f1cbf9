"""Requests that are still arriving, as the hub knows them; whole ones are in `tests/e2e/test_request_streams.py`."""

from __future__ import annotations

from factories import make_delivery, make_key, make_record
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.hub import Hub
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.senders import Outcome, Waiter
from hookscope_relay.session import Session
from hookscope_relay.wire import FIRST_REQUEST, Open, Reply, decode, encode

KEY = make_key()
RECORD = make_record(KEY)
DELIVERY = make_delivery(body=b"")
ANSWER = FIRST_REQUEST + 1


def attached(*, requests: bool = True) -> tuple[Hub, Session]:
    hub = Hub(MemoryLog(), deadline_s=5.0, max_answer=1000)
    return hub, hub.attach(b"a" * 16, KEY.id, "handler", 0, streams=True, requests=requests)


def begun(hub: Hub, session: Session) -> tuple[Waiter, list[object]]:
    told: list[object] = []
    waiter = hub.requests.begin(RECORD, DELIVERY, session, told.append, lambda: told.append("kept"), None)
    return waiter, told


async def test_only_who_asked_for_requests_takes_them_so() -> None:
    hub, session = attached()
    assert hub.requests.taker(KEY.id) is session
    assert hub.requests.taker("another") is None
    hub, _ = attached(requests=False)
    assert hub.requests.taker(KEY.id) is None


async def test_its_session_hears_of_it_and_may_answer_before_its_end() -> None:
    hub, session = attached()
    waiter, _ = begun(hub, session)
    early: list[Outcome] = []
    waiter.early = early.append
    (message,) = session.flows()
    decoded = decode(message)
    assert decoded is not None
    assert decoded[0] == Open(seq=FIRST_REQUEST, answer=ANSWER, id=DELIVERY.id, left_ms=5000)
    hub.receive(session, encode(Reply(seq=ANSWER, status=413, reason="No", headers=(), size=0)))
    assert early == [Outcome(Answer(status=413, reason="No"), "", None)]


async def test_its_sender_waits_from_its_end_on() -> None:
    hub, session = attached()
    waiter, _ = begun(hub, session)
    assert hub.requests.get(DELIVERY.id) is waiter
    hub.requests.end(RECORD, waiter, 12)
    assert (hub.requests.get(DELIVERY.id), hub.senders.get(DELIVERY.id)) == (None, waiter)
    assert (waiter.size, waiter.deadline - waiter.started) == (12, 5.0)
    hub.senders.remove(waiter)


async def test_it_is_stored_where_its_session_went_meanwhile() -> None:
    hub, session = attached()
    waiter, _ = begun(hub, session)
    hub.detach(session)
    assert waiter.downflow is not None
    assert not waiter.downflow.is_open
    hub.requests.end(RECORD, waiter, 0)
    assert waiter.session is None
    assert waiter.outcome is not None
    assert waiter.outcome.answer.status == 202


async def test_who_waits_is_told_of_one_that_cannot_be_kept() -> None:
    hub, session = attached()
    waiter, told = begun(hub, session)
    error = LogUnavailable("full")
    hub.requests.drop(waiter, error)
    assert (told, hub.requests.get(DELIVERY.id)) == ([error], None)


async def test_one_that_was_answered_already_waits_for_nothing_at_its_end() -> None:
    hub, session = attached()
    waiter, _ = begun(hub, session)
    waiter.how = "answered"
    before = waiter.deadline
    hub.requests.end(RECORD, waiter, 3)
    assert (waiter.size, waiter.deadline, hub.requests.get(DELIVERY.id)) == (3, before, None)
    assert hub.senders.get(DELIVERY.id) is None
