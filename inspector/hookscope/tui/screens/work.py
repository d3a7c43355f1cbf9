"""A screen that can do long work on threads of its own, tell the user something, and draw its lines anew."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec

from textual.message import Message
from textual.screen import Screen

from hookscope.text.safe import safe_text
from hookscope.tui.actions.table import WHY_NOT
from hookscope.tui.engine.job import Job
from hookscope.tui.presentation.notices import Level, describe_error
from hookscope.tui.presentation.progress import describe_end
from hookscope.tui.widgets.lines import Lines

P = ParamSpec("P")
TOLD_S, WARNED_S, BEGUN_S = 3.0, 6.0, 1.0


class Called(Message):
    """Something is to be called on the screen's own thread."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__()
        self.call = call


class WorkingScreen(Screen[None]):
    """`job` is the work under way; there is at most one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.job: Job | None = None

    def work_on(self, job: Job, work: Callable[[], None], quiet: bool = False) -> None:
        """Do something that takes long on a thread of its own, its progress at the bottom; `quiet` work tells of itself what came of it."""
        if self.job is not None:
            self.say(WHY_NOT["idle"], "warning")
            return
        self.job = job
        self.refresh_lines()
        # A thread that nobody waits for: who quits must not wait for a handler that takes its time.
        threading.Thread(target=self._work, args=(job, work, quiet), name="hookscope-job", daemon=True).start()

    def later(self, call: Callable[P, object], *args: P.args, **named: P.kwargs) -> None:
        """Call on the screen's own thread, from any; nothing happens once the screen is gone."""
        with contextlib.suppress(RuntimeError):  # the screen's loop has ended
            self.post_message(Called(partial(call, *args, **named)))

    def on_called(self, message: Called) -> None:
        message.stop()
        if self.is_whole:
            message.call()

    @property
    def is_whole(self) -> bool:
        """Whether its parts are there; at its end they go before it does."""
        return bool(self.query("#list"))

    def on_unmount(self) -> None:
        if self.job is not None:
            self.job.cancelled = True

    def _work(self, job: Job, work: Callable[[], None], quiet: bool) -> None:
        error: Exception | None = None
        try:
            work()
        except Exception as raised:  # whatever goes wrong in it, the screen goes on
            error = raised
        self.later(self._worked, job, quiet, error)

    def _worked(self, job: Job, quiet: bool, error: Exception | None) -> None:
        self.job = None
        if error is not None:
            self.say(describe_error(error), "error")
        elif not quiet or job.cancelled:
            self.say(describe_end(job), "warning" if job.failed or job.cancelled else "information")
        self.refresh_lines()

    def say(self, text: str, level: Level = "information", seconds: float = 0.0) -> None:
        """Tell the user something for a few seconds; what is no warning lies over the list only briefly."""
        seconds = seconds or (TOLD_S if level == "information" else WARNED_S)
        self.notify(safe_text(text), severity=level, markup=False, timeout=seconds)

    def refresh_lines(self) -> None:
        """Draw the lines anew that depend on where one is."""
        for lines in self.query(Lines):
            lines.refresh()
