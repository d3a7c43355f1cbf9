"""Work beside the screen, on threads of its own; what comes of it is shown on the screen's."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from textual.message_pump import MessagePump

from hookscope.tui.engine.job import Job

P = ParamSpec("P")
T = TypeVar("T")


class Looker(Protocol):
    """Finds things out beside the screen, and has them shown there."""

    def look(self, what: str, find: Callable[[], T], show: Callable[[T], object]) -> None: ...


class Background:
    """Belongs to a screen. `job` is the long work under way; there is at most one at a time.

    `is_whole` says whether the screen's parts are there: at its end they go before it does, and nothing is shown any
    more. `wrong` is called with what went wrong in a look.
    """

    def __init__(self, screen: MessagePump, is_whole: Callable[[], bool], wrong: Callable[[Exception], object]) -> None:
        self.job: Job | None = None
        self._screen = screen
        self._is_whole = is_whole
        self._wrong = wrong
        # The looks under way, each with the one that waits for it.
        self._looks: dict[str, Callable[[], None] | None] = {}

    def later(self, call: Callable[P, object], *args: P.args, **named: P.kwargs) -> None:
        """Call on the screen's own thread, from any; nothing happens once the screen is gone."""

        def called() -> None:
            if self._is_whole():
                call(*args, **named)

        with contextlib.suppress(RuntimeError):  # the screen's loop has ended
            self._screen.call_later(called)

    def begin(self, job: Job, work: Callable[[], None], ended: Callable[[Exception | None], object]) -> None:
        """Do the one long work; `ended` is called with what went wrong in it. Only where no `job` is under way."""
        self.job = job

        def end(error: Exception | None) -> None:
            self.job = None
            ended(error)

        _on_a_thread("hookscope-job", lambda: self.later(end, _error_of(work)))

    def look(self, what: str, find: Callable[[], T], show: Callable[[T], object]) -> None:
        """Find something out, and show it.

        While a look of the same name is under way, the latest one waits for it, and those between are left out.
        """

        def look() -> None:
            try:
                end: Callable[[], object] = partial(show, find())
            except Exception as error:  # whatever goes wrong in it, the screen goes on
                end = partial(self._wrong, error)
            self.later(self._looked, what, end)

        if what in self._looks:
            self._looks[what] = look
        else:
            self._begin_look(what, look)

    def _begin_look(self, what: str, look: Callable[[], None]) -> None:
        self._looks[what] = None
        _on_a_thread(f"hookscope-{what}", look)

    def _looked(self, what: str, end: Callable[[], object]) -> None:
        if (following := self._looks.pop(what)) is not None:
            self._begin_look(what, following)
        end()

    def cancel(self) -> None:
        """Ask the long work to stop after its next step."""
        if self.job is not None:
            self.job.cancelled = True


def _on_a_thread(name: str, work: Callable[[], None]) -> None:
    # A thread that nobody waits for: who quits must not wait for a handler that takes its time.
    threading.Thread(target=work, name=name, daemon=True).start()


def _error_of(work: Callable[[], None]) -> Exception | None:
    try:
        work()
    except Exception as error:  # whatever goes wrong in it, the screen goes on
        return error
    return None
