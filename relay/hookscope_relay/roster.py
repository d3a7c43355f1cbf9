"""Who is attached to which endpoint, and which of them is to answer.

Sessions with a handler come before those that capture only; among equals the one attached longest answers, the others
watch. One that took over comes before them all. A session keeps its place for a minute after it went, so that one which
reconnects is not overtaken by another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from hookscope_relay.log.protocol import Record
from hookscope_relay.session import Mode, Session
from hookscope_relay.wire import CLOSE_KEY_SUPERSEDED, CLOSE_REPLACED

PLACE_KEPT_S = 60.0
# A write of its own for each word on what is over would cost as much as a delivery's.
LATER_S = 0.01
RANK: dict[Mode, int] = {"handler": 0, "capture": 1}


@dataclass(slots=True)
class Attached:
    """An attached session with its reader's state: what was read ahead, and the bell that says there may be more."""

    session: Session
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: deque[Record] = field(default_factory=deque)
    close_code: int | None = None
    _rings_later: bool = False

    def ring_later(self) -> None:
        """Ring for what can wait for the next delivery's company, or for a moment."""
        if not self._rings_later:
            self._rings_later = True
            asyncio.get_running_loop().call_later(LATER_S, self._ring)

    def _ring(self) -> None:
        self._rings_later = False
        self.bell.set()

    def close(self, code: int) -> None:
        """Ask that the connection be closed; the first code asked for stands."""
        self.close_code = self.close_code or code
        self.bell.set()


class _Departed(NamedTuple):
    """The place of a session that went, and when it did."""

    attached_at: float
    taken: int
    at: float


class Roster:
    """The sessions of all endpoints. Instants are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._attached: dict[str, list[Attached]] = {}
        self._departed: dict[tuple[str, bytes], _Departed] = {}
        self._turns = count(1)

    def __iter__(self) -> Iterator[Attached]:
        return (one for others in tuple(self._attached.values()) for one in tuple(others))

    def of(self, endpoint: str) -> tuple[Attached, ...]:
        """Who is attached to an endpoint."""
        return tuple(self._attached.get(endpoint, ()))

    def endpoints(self) -> tuple[str, ...]:
        """The endpoints that have a session."""
        return tuple(self._attached)

    def find(self, session: Session) -> Attached | None:
        """The session's own entry; None once it was taken off."""
        return next((one for one in self._attached.get(session.endpoint, ()) if one.session is session), None)

    def add(self, session: Session, now: float) -> None:
        """Attach a session; it has its place back, or takes that of a living one of its id, which is closed.

        Sessions that an older generation of the endpoint's key opened are closed too.
        """
        others = self._attached.setdefault(session.endpoint, [])
        session.attached_at = now
        for other in [one for one in others if one.session.id == session.id]:
            session.attached_at, session.taken = other.session.attached_at, other.session.taken
            other.close(CLOSE_REPLACED)
            other.session.end()
            others.remove(other)
        for other in others:
            if other.session.generation < session.generation:
                other.close(CLOSE_KEY_SUPERSEDED)
        left = self._departed.pop((session.endpoint, session.id), None)
        if left is not None and now - left.at <= PLACE_KEPT_S:
            session.attached_at, session.taken = left.attached_at, left.taken
        attached = Attached(session)
        session.ring = attached.bell.set
        others.append(attached)
        self._assign_roles(session.endpoint)

    def take_over(self, session: Session) -> None:
        """Have a session answer from now on, whoever did; nothing changes for one that only watches."""
        if session.mode != "watch":
            session.taken = next(self._turns)
            self._assign_roles(session.endpoint)

    def remove(self, session: Session, now: float) -> None:
        """Take a session off, if it is on; its place is kept for a minute."""
        attached = self.find(session)
        if attached is None:
            return
        others = self._attached[session.endpoint]
        others.remove(attached)
        session.end()
        self._departed = {key: left for key, left in self._departed.items() if now - left.at <= PLACE_KEPT_S}
        self._departed[session.endpoint, session.id] = _Departed(session.attached_at, session.taken, now)
        if others:
            self._assign_roles(session.endpoint)
        else:
            del self._attached[session.endpoint]

    def answerer(self, endpoint: str) -> Session | None:
        """The session that is to answer new deliveries; None where nobody would."""
        answering = [
            one.session
            for one in self._attached.get(endpoint, ())
            if one.session.mode != "watch" and one.close_code is None
        ]
        return min(answering, key=lambda one: (-one.taken, RANK[one.mode], one.attached_at), default=None)

    def ring(self, endpoint: str, seq: int) -> None:
        """Say that there is a record of that seq to send, to those who are not past it."""
        for attached in self._attached.get(endpoint, ()):
            if attached.session.position < seq:
                attached.bell.set()

    def _assign_roles(self, endpoint: str) -> None:
        answerer = self.answerer(endpoint)
        for attached in self._attached.get(endpoint, ()):
            if attached.session is answerer:
                attached.session.assume("answering")
            else:
                attached.session.assume("watching", *why_watching(attached.session, answerer))
            attached.bell.set()


def why_watching(session: Session, answerer: Session | None) -> tuple[str, str]:
    """Who answers in a session's place, and which of `wire.WHYS` is the reason."""
    if answerer is None:
        return "", "nobody"
    if session.mode == "watch":
        return answerer.label, "asked"
    if answerer.taken > session.taken:
        return answerer.label, "taken"
    return answerer.label, "handler" if RANK[answerer.mode] < RANK[session.mode] else "first"
