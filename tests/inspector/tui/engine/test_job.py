from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from hookscope.model.errors import HandlerUnreachable
from hookscope.model.session_requests import Replay, SessionRequest
from hookscope.tui.engine.job import Job, replay_each


class Replayed:
    def __init__(self, passed: bool) -> None:
        self.passed = passed


class Slow:
    """Answers on a thread of its own, when told to; `most` is how many waited at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waiting: list[Future[Any]] = []
        self.most = 0
        self.changed = threading.Condition()

    def submit(self, request: SessionRequest) -> Future[Any]:
        assert isinstance(request, Replay)
        future: Future[Any] = Future()
        with self.changed:
            self.asked.append(request.name)
            self.waiting.append(future)
            self.most = max(self.most, len(self.waiting))
            self.changed.notify_all()
        return future

    def answer(self, value: object) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.waiting, 5)
            future = self.waiting.pop(0)
        if isinstance(value, Exception):
            future.set_exception(value)
        else:
            future.set_result(value)


def begin(engine: Slow, job: Job, count: int) -> threading.Thread:
    requests = [Replay(name=str(number)) for number in range(count)]
    thread = threading.Thread(target=replay_each, args=(engine, job, requests, 2))
    thread.start()
    return thread


def test_each_is_asked_for_in_order_and_counted() -> None:
    engine, job = Slow(), Job("replaying", 4)
    thread = begin(engine, job, 4)
    error = HandlerUnreachable("it is gone")
    for value in (Replayed(True), Replayed(False), error, Replayed(True)):
        engine.answer(value)
    thread.join(5)
    assert engine.asked == ["0", "1", "2", "3"]
    assert engine.most == 2
    assert (job.done, job.failed, job.error) == (4, 2, error)


def test_a_cancelled_job_begins_nothing_more_and_waits_for_what_was_begun() -> None:
    engine, job = Slow(), Job("replaying", 50)
    thread = begin(engine, job, 50)
    engine.answer(Replayed(True))
    with engine.changed:
        assert engine.changed.wait_for(lambda: len(engine.waiting) == 2, 5)
    job.cancelled = True
    engine.answer(Replayed(True))
    assert thread.is_alive()
    engine.answer(Replayed(True))
    thread.join(5)
    assert (len(engine.asked), job.done) == (3, 3)
