"""Who is attached to which endpoint, and which of them is to answer.

Sessions with a handler come before those that capture only; among equals the one attached longest answers, the others
watch. A session keeps its place for a minute after it went, so that one which reconnects is not overtaken by another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

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


class Roster:
    """The sessions of all endpoints. Instants are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._attached: dict[str, list[Attached]] = {}
        self._departed: dict[tuple[str, bytes], tuple[float, float]] = {}

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
            session.attached_at = other.session.attached_at
            other.close(CLOSE_REPLACED)
            other.session.end()
            others.remove(other)
        for other in others:
            if other.session.generation < session.generation:
                other.close(CLOSE_KEY_SUPERSEDED)
        left = self._departed.pop((session.endpoint, session.id), None)
        if left is not None and now - left[1] <= PLACE_KEPT_S:
            session.attached_at = left[0]
        attached = Attached(session)
        session.ring = attached.bell.set
        others.append(attached)
        self._assign_roles(session.endpoint)

    def remove(self, session: Session, now: float) -> None:
        """Take a session off, if it is on; its place is kept for a minute."""
        attached = self.find(session)
        if attached is None:
            return
        others = self._attached[session.endpoint]
        others.remove(attached)
        session.end()
        self._departed = {key: left for key, left in self._departed.items() if now - left[1] <= PLACE_KEPT_S}
        self._departed[session.endpoint, session.id] = (session.attached_at, now)
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
        return min(answering, key=lambda session: (RANK[session.mode], session.attached_at), default=None)

    def ring(self, endpoint: str, seq: int) -> None:
        """Say that there is a record of that seq to send, to those who are not past it."""
        for attached in self._attached.get(endpoint, ()):
            if attached.session.position < seq:
                attached.bell.set()

    def _assign_roles(self, endpoint: str) -> None:
        answerer = self.answerer(endpoint)
        for attached in self._attached.get(endpoint, ()):
            attached.session.assume("answering" if attached.session is answerer else "watching")
            attached.bell.set()
