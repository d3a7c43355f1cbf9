"""Senders that wait at one node while the inspector that is to answer them is attached to another."""

from __future__ import annotations

from hookscope_relay.cluster.messages import Ask
from hookscope_relay.delivery import Answer
from hookscope_relay.hub import Hub
from hookscope_relay.senders import Interim, Outcome, Told, Waiter, tell_nobody

# Who asked keeps the time; this only clears away.
SLACK_S = 1.0


def stand_in(hub: Hub, ask: Ask, told: Told, interim: Interim | None = None) -> bool:
    """Have a session here answer a sender that waits elsewhere; False where it is not here.

    `told` hears the answer, `interim` what comes before it.
    """
    session = next((one for one in hub.sessions(ask.endpoint) if one.id == ask.session), None)
    if session is None or session.mode == "watch":
        return False
    now = hub.now()
    deadline = now + ask.left_s + SLACK_S
    waiter = Waiter(ask.endpoint, ask.delivery_id, 0, now, deadline, session, told, lambda: None, ask.seq, kept=True)
    waiter.here, waiter.interim = False, interim
    hub.senders.add(waiter)
    if 0 < ask.seq <= session.position:
        session.unanswered[ask.seq] = ask.delivery_id
    return True


def stand_down(hub: Hub, delivery_id: str) -> None:
    """The sender elsewhere waits no more."""
    waiter = hub.senders.get(delivery_id)
    if waiter is not None and not waiter.here:
        hub.senders.remove(waiter)


def take_answer(hub: Hub, delivery_id: str, session: bytes, outcome: Outcome) -> None:
    """An answer from elsewhere; it counts only from the session that is to answer."""
    waiter = hub.senders.get(delivery_id)
    if waiter is not None and waiter.here and waiter.session is not None and waiter.session.id == session:
        waiter.seq = waiter.seq or outcome.seq or 0
        hub.end(waiter, "answered", outcome)
    else:
        tell_nobody(outcome)


def take_interim(hub: Hub, delivery_id: str, session: bytes, answer: Answer) -> None:
    """An interim answer from elsewhere."""
    waiter = hub.senders.get(delivery_id)
    is_its = waiter is not None and waiter.here and waiter.session is not None and waiter.session.id == session
    if waiter is not None and is_its and waiter.interim is not None:
        waiter.interim(answer)


def waiting_for(hub: Hub, endpoint: str, session: bytes) -> list[Waiter]:
    """The senders here that wait for that session's answer."""
    return [
        waiter
        for waiter in hub.senders
        if waiter.here and waiter.endpoint == endpoint and waiter.session is not None and waiter.session.id == session
    ]
