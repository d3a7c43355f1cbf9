"""Waits beside a session, which is another process, until what is awaited has come."""

from __future__ import annotations

import time
from collections.abc import Callable

from hookscope.model.errors import OutOfTime
from hookscope.store.reader import CaptureReader
from hookscope.tools.filters.build import NOW
from hookscope.tools.filters.condition import Condition
from hookscope.tools.wait.expectation import Expectation, Seen

# SQLite tells nobody that another process wrote; asking costs some microseconds.
ASK_EVERY_S = 0.05


def newest_before(store: CaptureReader, since_s: float) -> int:
    """The newest capture that is not counted: of all that are held, or of those that came `since_s` ago or earlier."""
    older = Condition(f"c.received_at < {NOW} - ?", (since_s,))
    newest = store.summaries(older if since_s else None, limit=1)
    return newest[0].number if newest else 0


class Wait:
    """One wait for `timeout_s`, asked now and then how it goes; `tell` is given each capture that met the filter."""

    def __init__(
        self, store: CaptureReader, expectation: Expectation, timeout_s: float, tell: Callable[[int], object] = str
    ) -> None:
        self._store = store
        self._expectation = expectation
        self._timeout_s = timeout_s
        self._tell = tell
        self._ends = time.monotonic() + timeout_s
        self._version = -1
        self._told = 0

    def look(self) -> Seen | None:
        """How it stands once it was met, or failed; None while it goes on. `OutOfTime` after the time."""
        if (version := self._store.data_version()) != self._version:
            self._version = version
            seen = self._expectation.look(self._store)
            for number in seen.held[self._told :]:
                self._tell(number)
            self._told = len(seen.held)
            if seen.failed or self._expectation.is_met(seen):
                return seen
        if time.monotonic() >= self._ends:
            raise OutOfTime(
                f"{self._told or 'none'} of what was awaited came within {self._timeout_s:g} s",
                "see what else came with `hookscope list`, or wait longer",
            )
        return None


def wait_for(wait: Wait) -> Seen:
    """How it stood in the end; `OutOfTime` as `Wait.look`."""
    while (seen := wait.look()) is None:
        time.sleep(ASK_EVERY_S)
    return seen
