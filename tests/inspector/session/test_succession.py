"""What shows another session and follows it, with others that do what they are told; tests/e2e/test_succession.py has
the processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from hookscope.model.errors import Disconnected
from hookscope.model.events import ConnectionChanged, Event, Listener, Noticed, Ready, Stopped
from hookscope.model.session_requests import Clear
from hookscope.session import succession
from hookscope.session.run import run_session
from hookscope.session.succession import Other, Successor
from hookscope_relay.errors import InputError
from sessions import WITHIN_S

READY = Ready(at=1, url="http://u", handler="", endpoint="e", relay="r")
OVER = Stopped(at=2, captured=0, exit_code=0)


class Shown:
    """A session of another process, as `Attachment` has it."""

    def __init__(self) -> None:
        self.tell: Listener
        self.let_go = False
        self.knocked: list[Future[None]] = []
        self.is_stopped = False

    def start(self, listener: Listener) -> None:
        self.tell = listener
        listener(READY)
        listener(ConnectionChanged(at=1, state="connected", role="answering"))

    def submit(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(7)
        return future

    def knock(self) -> Future[None]:
        future: Future[None] = Future()
        if not self.is_stopped:
            future.set_result(None)
        self.knocked.append(future)
        return future

    def stop(self) -> None:
        self.let_go = True

    def other(self, name: str) -> Other:
        return Other(name, self)  # type: ignore[arg-type]  # what it does of an Attachment


class Own:
    """A session of this process."""

    def __init__(self, exit_code: int = 0) -> None:
        self.exit_code = exit_code
        self.captured = 3
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        if not self.exit_code:
            await self._stopping.wait()

    def stop(self, exit_code: int = 0) -> None:
        self.exit_code = exit_code
        self._stopping.set()

    async def ask(self, request: Any) -> Any:
        return "own"


class Beside:
    """A successor that runs, what it told, and what follows the first session."""

    def __init__(self, *following: Callable[[], Any]) -> None:
        self.first = Shown()
        self.events: list[Event] = []
        self.asked = 0
        self._following = list(following)
        self._bell = asyncio.Event()
        self.runner = Successor(self.hear, self.first.other("one"), self._succeed)
        self.task = asyncio.create_task(run_session(None, self.hear, make=lambda *_: self.runner))  # type: ignore[arg-type]

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self._bell.set()

    async def told(self, words: str) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not any(isinstance(event, Noticed) and words in event.text for event in self.events):
                self._bell.clear()
                await self._bell.wait()

    async def connection_is(self, *told: tuple[str, str]) -> None:
        """Each state that was told, with its reason, in order."""
        async with asyncio.timeout(WITHIN_S):
            while [(one.state, one.reason) for one in self.events if isinstance(one, ConnectionChanged)] != list(told):
                self._bell.clear()
                await self._bell.wait()

    def _succeed(self, listener: Listener) -> Any:
        self.asked += 1
        return self._following.pop(0)() if len(self._following) > 1 else self._following[0]()


async def test_it_tells_what_the_other_tells_and_whose_connection_that_is() -> None:
    beside = Beside(lambda: None)
    await beside.told("this shows one, and takes its place when that ends")
    async with asyncio.timeout(WITHIN_S):
        assert await beside.runner.ask(Clear()) == 7
        beside.runner.stop(5)
        assert await beside.task == 5
    assert beside.events[0] == READY
    (changed,) = [event for event in beside.events if isinstance(event, ConnectionChanged)]
    assert (changed.role, changed.through, changed.facts()["through"]) == ("answering", "one", "one")
    assert beside.first.let_go
    assert beside.asked == 0


async def test_it_asks_until_it_may_go_on_in_the_place_of_the_other() -> None:
    own = Own()
    beside = Beside(lambda: None, lambda: None, lambda: own)
    await beside.told("this shows one")
    beside.first.tell(OVER)
    await beside.told("one has ended, and this one takes its place")
    assert beside.asked == 3
    async with asyncio.timeout(WITHIN_S):
        assert await beside.runner.ask(Clear()) == "own"
        beside.runner.stop()
        assert await beside.task == 0
    assert beside.runner.captured == 3
    assert [type(event) for event in beside.events].count(Stopped) == 1


async def test_where_another_was_quicker_it_shows_that() -> None:
    second = Shown()
    beside = Beside(lambda: second.other("two"), lambda: Own(4))
    await beside.told("this shows one")
    beside.first.tell(OVER)
    await beside.told("one has ended; this shows two, which took its place")
    second.tell(OVER)
    await beside.told("two has ended, and this one takes its place")
    async with asyncio.timeout(WITHIN_S):
        assert await beside.task == 4


async def test_an_endpoint_that_stays_taken_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "WITHIN_S", -1.0)
    beside = Beside(lambda: None)
    await beside.told("this shows one")
    beside.first.tell(OVER)
    async with asyncio.timeout(WITHIN_S):
        with pytest.raises(Disconnected, match="one, which this one showed, has ended, and its endpoint stays taken"):
            await beside.task
        with pytest.raises(InputError, match="changing hands"):
            await beside.runner.ask(Clear())


async def test_it_says_that_the_other_stands_still_and_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "KNOCK_EVERY_S", 0.01)
    beside = Beside(lambda: None)
    await beside.told("this shows one")
    beside.first.is_stopped = True
    still = ("waiting", "one does not answer; is it stopped (Ctrl-Z)?")
    await beside.connection_is(("connected", ""), still)
    beside.first.is_stopped = False
    beside.first.knocked[-1].set_result(None)
    await beside.connection_is(("connected", ""), still, ("connected", ""))
    beside.runner.stop()
    async with asyncio.timeout(WITHIN_S):
        assert await beside.task == 0


async def test_what_ends_while_it_stands_still_is_followed_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "KNOCK_EVERY_S", 0.01)
    own = Own(4)
    beside = Beside(lambda: own)
    beside.first.is_stopped = True
    await beside.connection_is(("connected", ""), ("waiting", "one does not answer; is it stopped (Ctrl-Z)?"))
    beside.first.knocked[-1].set_exception(InputError("the session has ended", "start it again"))
    beside.first.tell(OVER)
    await beside.told("one has ended, and this one takes its place")
    async with asyncio.timeout(WITHIN_S):
        assert await beside.task == 4
