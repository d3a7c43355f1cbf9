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


def wait_for(store: CaptureReader, expectation: Expectation, timeout_s: float, tell: Callable[[int], None]) -> Seen:
    """How it stood when it was met, or failed; `OutOfTime` after `timeout_s`. `tell` is given what met the filter."""
    ends = time.monotonic() + timeout_s
    told, version = 0, -1
    while True:
        if (now := store.data_version()) != version:
            version = now
            seen = expectation.look(store)
            for number in seen.held[told:]:
                tell(number)
            told = len(seen.held)
            if seen.failed or expectation.is_met(seen):
                return seen
        if time.monotonic() >= ends:
            raise OutOfTime(
                f"{told} of what was awaited came within {timeout_s:g} s",
                "see what else came with `hookscope list`, or give a longer --timeout",
            )
        time.sleep(ASK_EVERY_S)
