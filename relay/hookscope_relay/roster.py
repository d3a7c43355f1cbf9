"""Who is attached to which endpoint, and which of them is to answer.

Sessions with a handler come before those that capture only; among equals the one attached longest answers, the others
watch. One that took over comes before them all. A session keeps its place for a minute after it went, so that one which
reconnects is not overtaken by another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hookscope_relay.log.protocol import Record
from hookscope_relay.session import Mode, Session
from hookscope_relay.wire import CLOSE_KEY_SUPERSEDED, CLOSE_REPLACED, CLOSE_TOO_SLOW, Refused, Settled

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


class Departed(NamedTuple):
    """The place of a session that went, and when (`at`) it did."""

    attached_at: float
    taken: int
    at: float


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A session that is attached to another node of the relay."""

    id: bytes
    endpoint: str
    node: str
    mode: Mode
    attached_at: float
    generation: int = 0
    taken: int = 0
    label: str = ""
    streams: bool = False


class Roster:
    """The sessions of all endpoints. Instants are seconds of a clock that never goes back.

    Those of other nodes are kept beside. `changed` is called with an endpoint whose sessions here are others now.
    """

    def __init__(self, changed: Callable[[str], object] = lambda endpoint: None) -> None:
        self.changed = changed
        self._attached: dict[str, list[Attached]] = {}
        self._departed: dict[tuple[str, bytes], Departed] = {}
        self._elsewhere: dict[str, dict[str, tuple[Elsewhere, ...]]] = {}

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
        for far in self.elsewhere(session.endpoint):
            if far.id == session.id:
                session.attached_at, session.taken = far.attached_at, far.taken
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
        self.changed(session.endpoint)

    def take_over(self, session: Session) -> None:
        """Have a session answer from now on, whoever did; nothing changes for one that only watches."""
        if session.mode != "watch":
            here = [one.session.taken for one in self.of(session.endpoint)]
            elsewhere = [one.taken for one in self.elsewhere(session.endpoint)]
            gone = [left.taken for (endpoint, _), left in self._departed.items() if endpoint == session.endpoint]
            session.taken = 1 + max(here + elsewhere + gone)
            self._assign_roles(session.endpoint)
            self.changed(session.endpoint)

    def remove(self, session: Session, now: float) -> None:
        """Take a session off, if it is on; its place is kept for a minute."""
        attached = self.find(session)
        if attached is None:
            return
        others = self._attached[session.endpoint]
        others.remove(attached)
        session.end()
        self._departed = {key: left for key, left in self._departed.items() if now - left.at <= PLACE_KEPT_S}
        self._departed[session.endpoint, session.id] = Departed(session.attached_at, session.taken, now)
        if others:
            self._assign_roles(session.endpoint)
        else:
            del self._attached[session.endpoint]
        self.changed(session.endpoint)

    def answerer(self, endpoint: str) -> Session | None:
        """The session that is to answer new deliveries; None where nobody here would."""
        answering = [
            one.session
            for one in self._attached.get(endpoint, ())
            if one.session.mode != "watch" and one.close_code is None
        ]
        first = answering[0] if len(answering) == 1 else min(answering, key=_precedence, default=None)
        if first is not None and self._elsewhere and (far := self._first_elsewhere(endpoint)) is not None:
            return first if _precedence(first) < _precedence(far) else None
        return first

    # Other nodes

    def answerer_elsewhere(self, endpoint: str) -> Elsewhere | None:
        """The session of another node that is to answer new deliveries; None where nobody there would."""
        return None if self.answerer(endpoint) is not None else self._first_elsewhere(endpoint)

    def elsewhere(self, endpoint: str) -> tuple[Elsewhere, ...]:
        """Who is attached to the endpoint at other nodes."""
        return tuple(one for of_node in self._elsewhere.get(endpoint, {}).values() for one in of_node)

    def endpoints_of(self, node: str) -> tuple[str, ...]:
        """The endpoints that have a session at that node."""
        return tuple(endpoint for endpoint, nodes in self._elsewhere.items() if node in nodes)

    def nodes(self, endpoint: str) -> tuple[str, ...]:
        """The other nodes that have a session of the endpoint."""
        return tuple(self._elsewhere.get(endpoint, ()))

    def places(self, endpoint: str, now: float) -> dict[bytes, Departed]:
        """The places that are kept for sessions that went."""
        return {
            session: left
            for (of, session), left in self._departed.items()
            if of == endpoint and now - left.at <= PLACE_KEPT_S
        }

    def keep_places(self, endpoint: str, places: dict[bytes, Departed]) -> None:
        """Keep the places of sessions that went from other nodes."""
        for session, left in places.items():
            self._departed[endpoint, session] = left

    def note_elsewhere(self, endpoint: str, node: str, sessions: Iterable[Elsewhere]) -> None:
        """These are attached to the endpoint at that node, and no others.

        One that is here too has gone there; what an older generation of the key opened here is closed.
        """
        there = tuple(sessions)
        if there:
            self._elsewhere.setdefault(endpoint, {})[node] = there
        elif (nodes := self._elsewhere.get(endpoint)) is not None:
            nodes.pop(node, None)
            if not nodes:
                del self._elsewhere[endpoint]
        for attached in self.of(endpoint):
            if any(far.id == attached.session.id for far in there):
                attached.close(CLOSE_REPLACED)
            elif any(far.generation > attached.session.generation for far in there):
                attached.close(CLOSE_KEY_SUPERSEDED)
        if endpoint in self._attached:
            self._assign_roles(endpoint)

    def forget_elsewhere(self, gone: Elsewhere) -> None:
        """A session of another node is not there any more."""
        there = self._elsewhere.get(gone.endpoint, {}).get(gone.node, ())
        self.note_elsewhere(gone.endpoint, gone.node, [one for one in there if one != gone])

    def forget_node(self, node: str, now: float) -> None:
        """A node is gone; the places of its sessions are kept."""
        for endpoint in self.endpoints_of(node):
            for far in self._elsewhere[endpoint][node]:
                self._departed[endpoint, far.id] = Departed(far.attached_at, far.taken, now)
            self.note_elsewhere(endpoint, node, ())

    def _first_elsewhere(self, endpoint: str) -> Elsewhere | None:
        answering = [one for one in self.elsewhere(endpoint) if one.mode != "watch"]
        return min(answering, key=_precedence, default=None)

    def settle(self, endpoint: str, frame: Settled) -> None:
        """Tell all who are attached here how a sender's wait ended."""
        for attached in self.of(endpoint):
            attached.session.settle(frame)
            if attached.session.is_too_slow:
                attached.close(CLOSE_TOO_SLOW)
            attached.ring_later()

    def take_back(self, endpoint: str, lost: Settled) -> None:
        """What was read ahead may not be kept; those that had what was lost already are told so."""
        for attached in self.of(endpoint):
            attached.ahead.clear()
            if 0 < lost.seq <= attached.session.position:
                attached.session.settle(lost)
            attached.bell.set()

    def turn_away(self, endpoint: str, frame: Refused) -> None:
        """Tell all who are attached here of a request that was turned away."""
        for attached in self.of(endpoint):
            attached.session.turn_away(frame)
            attached.bell.set()

    def ring(self, endpoint: str, seq: int) -> None:
        """Say that there is a record of that seq to send, to those who are not past it."""
        for attached in self._attached.get(endpoint, ()):
            if attached.session.position < seq:
                attached.bell.set()

    def _assign_roles(self, endpoint: str) -> None:
        answerer = self.answerer(endpoint) or self._first_elsewhere(endpoint)
        for attached in self._attached.get(endpoint, ()):
            if attached.session is answerer:
                attached.session.assume("answering")
            else:
                attached.session.assume("watching", *why_watching(attached.session, answerer))
            attached.bell.set()


def why_watching(session: Session, answerer: Session | Elsewhere | None) -> tuple[str, str]:
    """Who answers in a session's place, and which of `wire.WHYS` is the reason."""
    if answerer is None:
        return "", "nobody"
    if session.mode == "watch":
        return answerer.label, "asked"
    if answerer.taken > session.taken:
        return answerer.label, "taken"
    return answerer.label, "handler" if RANK[answerer.mode] < RANK[session.mode] else "first"


def _precedence(session: Session | Elsewhere) -> tuple[int, int, float, bytes]:
    return -session.taken, RANK[session.mode], session.attached_at, session.id
