"""Asking the engine from the screen: the question crosses to its thread, the answer comes back as a message."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future

from textual.message import Message

from hookscope.model.session_requests import SessionRequest
from hookscope.tui.engine.ports import Engine


class Answered(Message):
    """The engine answered a request: with a value, or with why not."""

    def __init__(self, request: SessionRequest[object], value: object, error: BaseException | None) -> None:
        super().__init__()
        self.request = request
        self.value = value
        self.error = error


def ask(engine: Engine, request: SessionRequest[object], post: Callable[[Message], bool]) -> None:
    """Ask; `post` is called with the answer, on whichever thread it is ready, so it must be safe to call from any."""
    future = engine.submit(request)

    def done(future: Future[object]) -> None:
        error = future.exception()
        with contextlib.suppress(RuntimeError):  # the screen has ended meanwhile
            post(Answered(request, None if error else future.result(), error))

    future.add_done_callback(done)
