"""`listen --until`: ends a session when what is awaited has come, or when the time for it has run out."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hookscope.config.settings import Settings
from hookscope.model.errors import OutOfTime
from hookscope.session.run import AnyRunner
from hookscope.store.captures import CaptureStore
from hookscope.tools.wait.expectation import Expectation
from hookscope.tools.wait.run import ASK_EVERY_S, Wait, newest_before
from hookscope_relay.errors import InputError

CAME_OTHERWISE = 1
WAIT_S = 60.0


class Until:
    """What a session waits for; `FilterError` and `InputError` for what makes no sense, before anything starts."""

    def __init__(self, filter_text: str, count: int, within_s: float) -> None:
        if count < 1:
            raise InputError(f"--count {count} waits for nothing", "give how many are awaited, such as 1")
        Expectation(filter_text, count, 0)
        self._filter_text = filter_text
        self._count = count
        self._within_s = within_s

    async def end(self, runner: AnyRunner, captures: Path) -> None:
        """Stop the session with 0 when it came, with 1 when it came and ended otherwise, with 13 after its time."""
        store = CaptureStore.open(captures)
        try:
            expectation = Expectation(self._filter_text, self._count, newest_before(store, 0.0))
            wait = Wait(store, expectation, self._within_s)
            while (seen := await asyncio.to_thread(wait.look)) is None:  # noqa: ASYNC110  # SQLite tells nobody when it was written to
                await asyncio.sleep(ASK_EVERY_S)
        except OutOfTime as error:
            runner.notice("error", f"{self._filter_text}: {error.what}")
            runner.stop(OutOfTime.exit_code)
        else:
            met = expectation.is_met(seen)
            if not met:
                runner.notice("error", f"#{seen.failed} came for {self._filter_text}, and ended otherwise")
            runner.stop(0 if met else CAME_OTHERWISE)
        finally:
            store.close()


def until_of(settings: Settings) -> Until:
    """What `--until`, which is given, says."""
    # In a file or the environment it is what a handler may take: that says nothing of how long to wait for a sender.
    on_line = settings.sources.get("timeout") == "flag"
    return Until(settings.text("until"), settings.whole("count"), settings.number("timeout") if on_line else WAIT_S)
