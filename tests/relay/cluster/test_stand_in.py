"""A session that answers a sender of another node, and a sender that is answered by one."""

from __future__ import annotations

from hookscope_relay.cluster.messages import Ask
from hookscope_relay.cluster.stand_in import stand_down, stand_in, take_answer, waiting_for
from hookscope_relay.delivery import Answer
from hookscope_relay.hub import Hub
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.roster import Elsewhere
from hookscope_relay.senders import Outcome, Waiter

SESSION = b"s" * 16
OUTCOME = Outcome(Answer(status=200, body=b"fine"), "", 7)


def make_hub() -> Hub:
    return Hub(MemoryLog(), deadline_s=25.0, max_answer=1000, clock=lambda: 100.0)


def ask(session: bytes = SESSION, seq: int = 0) -> Ask:
    return Ask("far", "one", "01k", session, 2.0, seq)


async def test_only_a_session_that_is_here_and_may_answer_stands_in() -> None:
    hub = make_hub()
    assert not stand_in(hub, ask(), print)
    hub.attach(SESSION, "one", "watch", 0)
    assert not stand_in(hub, ask(), print)
    hub.attach(b"h" * 16, "one", "handler", 0)
    assert not stand_in(hub, ask(), print)
    assert stand_in(hub, ask(b"h" * 16), print)
    assert len(hub.senders) == 1
    stand_down(hub, "01k")
    assert len(hub.senders) == 0


async def test_what_had_left_already_may_still_be_answered() -> None:
    hub = make_hub()
    session = hub.attach(SESSION, "one", "handler", 7)
    assert stand_in(hub, ask(seq=7), print)
    assert session.unanswered == {7: "01k"}


async def test_an_answer_counts_only_from_the_session_that_is_to_answer_and_once() -> None:
    hub = make_hub()
    told: list[object] = []
    far = Elsewhere(SESSION, "one", "far", "handler", 1.0)
    waiter = Waiter("one", "01k", 4, 100.0, 125.0, far, told.append, lambda: None, kept=True)
    hub.senders.add(waiter)
    assert waiting_for(hub, "one", SESSION) == [waiter]
    assert waiting_for(hub, "two", SESSION) == waiting_for(hub, "one", b"x") == []
    take_answer(hub, "01k", b"another", OUTCOME)
    stand_down(hub, "01k")
    assert told == []
    take_answer(hub, "01k", SESSION, OUTCOME)
    take_answer(hub, "01k", SESSION, OUTCOME)
    assert told == [OUTCOME]
