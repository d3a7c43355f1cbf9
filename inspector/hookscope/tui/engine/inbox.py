"""The queue between the engine's thread and the screen's: events go in one by one,
and come out as one piece of news."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from hookscope.model.events import (
    Alerted,
    Attempted,
    CallEnded,
    Captured,
    ConnectionChanged,
    Diagnosed,
    Event,
    GapDeclared,
    HandshakeSeen,
    Noticed,
    Refused,
    Stopped,
)
from hookscope.tui.engine.state import IN_PLACE, Session, after

MAX_TOLD = 4


@dataclass(slots=True)
class News:
    """What happened since the last look: the captures that are new or changed, and what to tell.

    `dropped` counts notices beyond the first `MAX_TOLD`.
    """

    arrived: list[int] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    told: list[Noticed | GapDeclared | Refused | ConnectionChanged | Alerted] = field(default_factory=list)
    handshakes: list[HandshakeSeen] = field(default_factory=list)
    dropped: int = 0
    stopped: Stopped | None = None


class Inbox:
    """Takes events from any thread and never blocks; a flood costs a number in a list for each event."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session = Session()
        self._news: News | None = None

    def put(self, event: Event) -> None:
        """Take an event; the engine's listener."""
        with self._lock:
            before, self._session = self._session, after(self._session, event)
            news = self._news = self._news or News()
            _note(news, event, before)

    @property
    def session(self) -> Session:
        """The session as it now is."""
        return self._session

    def amend(self, change: Callable[[Session], Session]) -> None:
        """Let the screen change the session by what it found out itself."""
        with self._lock:
            self._session = change(self._session)

    def take(self) -> News | None:
        """All that happened since the last call; None where nothing did."""
        with self._lock:
            news, self._news = self._news, None
            return news


def _note(news: News, event: Event, before: Session) -> None:
    match event:
        case Captured(number=number):
            news.arrived.append(number)
        case Attempted(number=number) | Diagnosed(number=number):
            news.changed.add(number)
        case CallEnded(number=number) if number:
            news.changed.add(number)
        case HandshakeSeen():
            news.handshakes.append(event)
        case Noticed(about=about) if about in IN_PLACE:
            pass  # it has a place of its own on the screen
        case ConnectionChanged() if before.told is None or not _is_another_answerer(before.told, event):
            pass  # the header says it all
        case Noticed() | GapDeclared() | Refused() | ConnectionChanged() | Alerted():
            if len(news.told) < MAX_TOLD:
                news.told.append(event)
            else:
                news.dropped += 1
        case Stopped():
            news.stopped = event
        case _:
            pass  # the session says it all


def _is_another_answerer(before: ConnectionChanged, now: ConnectionChanged) -> bool:
    """Whether another session answers now than did a moment ago, on one and the same connection."""
    is_one = before.state == now.state == "connected"
    return is_one and (before.role, before.answerer) != (now.role, now.answerer)
