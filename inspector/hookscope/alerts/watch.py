"""Looks after the alerts of a session, or of a relay: counts now and then, judges, and has what is to be told told."""

from __future__ import annotations

import asyncio
import fnmatch
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Alarm, Measured, judge
from hookscope.alerts.record import Record
from hookscope.store.reader import CaptureReader
from hookscope.tools.filters.condition import Condition, all_of
from hookscope.tools.filters.language import parse
from hookscope_relay.errors import HookscopeError

LOOK_EVERY_S = 1.0
ALL = Condition("1")


async def watch(
    alerts: Sequence[Alert],
    measure: Callable[[Alert, float], Awaitable[Measured]],
    told: Callable[[Alarm | None, Callable[[], None]], object],
    record: Record,
    *,
    every_s: float = LOOK_EVERY_S,
    clock: Callable[[], float] = time.time,
) -> None:
    """Judge each alert again and again, until cancelled. One that cannot be counted now is counted at the next turn.

    `told` is given what is to be told, if anything, and what keeps in the record how the alert stands then.
    """
    watched = await asyncio.to_thread(record.read, alerts)
    while True:
        for alert in alerts:
            try:
                measured = await measure(alert, clock())
            except HookscopeError:
                continue
            stands, alarm = judge(alert, watched[alert.name], measured)
            if stands != watched[alert.name]:
                watched[alert.name] = stands
                told(alarm, partial(record.keep, alert, stands))
        await asyncio.sleep(every_s)


class CaptureMeter:
    """Counts the captures of an endpoint, off the loop. `since` (Unix seconds) is when its session began."""

    def __init__(self, store: CaptureReader, endpoint: str, since: float) -> None:
        self._store = store
        self._endpoint = Condition("c.endpoint = ?", (endpoint,))
        self._since = since
        self._floors: dict[float, int] = {}
        self._last_at: dict[str, float] = {}
        self._known: dict[str, frozenset[str]] = {}

    async def measure(self, alert: Alert, now: float) -> Measured:
        """What there is of an alert as of now."""
        return await asyncio.to_thread(self._measure, alert, now)

    def _measure(self, alert: Alert, now: float) -> Measured:
        subject = parse(alert.subject)
        if alert.kind == "new-finding":
            return self._new_findings(alert, subject, now)
        found = self._store.tally(all_of([self._recent(alert, now), subject or ALL]), parse(alert.failing))
        if found.count:
            self._last_at[alert.name] = found.last_at or now
        return Measured(
            now=now,
            since=self._since,
            count=found.count,
            failing=found.failing,
            last_at=self._last_at.get(alert.name),
            latest=found.last,
        )

    def _recent(self, alert: Alert, now: float) -> Condition:
        """What came in the alert's window. Numbers grow with the time: what lies below is not looked at again."""
        above = Condition("c.number > ?", (self._floors.get(alert.window_s, 0),))
        since = Condition("c.received_at > ?", (now - alert.window_s,))
        found = self._store.tally(all_of([self._endpoint, above, since]), ALL)
        self._floors[alert.window_s] = found.first - 1 if found.count else self._store.newest()
        return all_of([self._endpoint, above, since])

    def _new_findings(self, alert: Alert, subject: Condition, now: float) -> Measured:
        if alert.name not in self._known:
            self._known[alert.name] = self._store.codes(self._endpoint)
            return Measured(now=now, since=self._since)
        codes = self._store.codes(all_of([self._recent(alert, now), subject or ALL]))
        new = sorted(codes - self._known[alert.name])
        self._known[alert.name] |= codes
        told = tuple(code for code in new if fnmatch.fnmatchcase(code, alert.bound_text))
        return Measured(now=now, since=self._since, codes=told)
