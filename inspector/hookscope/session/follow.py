"""What happens in a session of another process, read from the store that both use: the same events, a moment later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from hookscope.model import announce
from hookscope.model.capture import Capture
from hookscope.model.errors import NoSuchCapture
from hookscope.model.events import Captured, Diagnosed, Event
from hookscope.model.summary import Summary
from hookscope.store.reader import CaptureReader
from hookscope.tools.filters.condition import Condition

# So many of the newest captures are looked at again whenever something was written.
RECENT = 100
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Known:
    """How a capture was last seen: its row, whether it waits to be explained, and how many attempts were told of."""

    row: Summary
    is_waiting: bool
    told: int


class Follow:
    """Reads what is new of an endpoint's captures. Every call is on one and the same thread."""

    def __init__(self, store: CaptureReader, endpoint: str) -> None:
        self._store = store
        self._endpoint = endpoint
        self._where = Condition("c.endpoint = ?", (endpoint,))
        self._version = -1
        self._newest = store.newest()
        waiting = frozenset(store.waiting(endpoint))
        recent = store.summaries(self._where, limit=RECENT)
        self._known = {row.number: _Known(row, row.number in waiting, row.attempts) for row in recent}
        self.captured = 0

    def look(self) -> list[Event]:
        """What happened since the last call; nothing, at little cost, where nobody has written."""
        if (version := self._store.data_version()) == self._version:
            return []
        self._version = version
        waiting = frozenset(self._store.waiting(self._endpoint))
        rows = self._store.summaries(self._where, limit=RECENT)[::-1]
        came = self._store.summaries(self._where, after=self._newest, limit=AT_ONCE)
        if len(came) == AT_ONCE:
            self._version = -1  # there are more
        known: dict[int, _Known] = {}
        events: list[Event] = []
        for number, row in {row.number: row for row in (*rows, *came)}.items():
            before = self._known.get(number)
            if before is None and number > self._newest:
                self.captured += 1
                events.append(_captured(row))
            is_waiting, told = number in waiting, before.told if before else 0
            if before is None or (row, is_waiting) != (before.row, before.is_waiting):
                changed, told = self._changed(row, before, is_waiting, told)
                events += changed
            known[number] = _Known(row, is_waiting, told)
        self._newest = max([self._newest, *(row.number for row in came)])
        self._known = dict(sorted(known.items())[-AT_ONCE:])
        return events

    def _changed(self, row: Summary, before: _Known | None, is_waiting: bool, told: int) -> tuple[list[Event], int]:
        """The attempts that ended and the explanation that came; and how many attempts are told of then."""
        try:
            capture = self._store.find(row.id)
        except NoSuchCapture:  # it was cleared meanwhile
            return [], told
        events: list[Event] = []
        for attempt in capture.attempts[told:]:
            if attempt.answer is None and attempt.failure is None:
                break
            told = attempt.number
            url = _url_before(capture, attempt.number)
            events.append(announce.attempted(capture.delivery, row.number, attempt, time.time(), url))
        explained_now = not is_waiting and (before is None or before.is_waiting or _said(before.row) != _said(row))
        return events + (list(self._diagnosed(row)) if explained_now else []), told

    def _diagnosed(self, row: Summary) -> Iterator[Event]:
        yield Diagnosed(
            at=time.time(),
            id=row.id,
            number=row.number,
            attempt=row.outcome_attempt,
            verdict=self._store.verdict(row.id),
            findings=self._store.findings(row.id),
        )


def _said(row: Summary) -> tuple[object, ...]:
    """What an explanation says in a row."""
    return row.outcome_attempt, row.verdict, row.cause, row.title


def _url_before(capture: Capture, number: int) -> str:
    """Where the attempt went that counted before the one of that number; empty where none did."""
    earlier = [one.handler_url for one in capture.counted if one.number < number]
    return earlier[-1] if earlier else ""


def _captured(row: Summary) -> Captured:
    return Captured(
        at=time.time(),
        id=row.id,
        number=row.number,
        origin=row.origin,
        method=row.method,
        target=row.target,
        provider=row.provider,
        event_type=row.event_type,
        bytes=row.bytes,
        owed=row.owed,
        received_at=row.received_at,
        missed=row.origin == "backlog" and not row.owed,
    )
