"""Both ends: `EngineFront` and `AttachedEngine`, on an engine that answers as it is told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import Any

import pytest

from hookscope.apps.web.attach import AttachedEngine
from hookscope.apps.web.front import EngineFront, Welcome
from hookscope.config.settings import Settings
from hookscope.model.errors import NoSuchCapture, OurBug
from hookscope.model.events import ConnectionChanged, Event, Listener, Noticed, Ready, Stopped
from hookscope.model.session_requests import Clear, Pause, Replay
from hookscope_relay.errors import HookscopeError, InputError

WITHIN_S = 10.0
READY = Ready(at=1, url="http://u", handler="", endpoint="e", relay="r")
SETTINGS = Settings(values={"a": 1}, environ={}, project={}, user={})
ANSWERS: dict[type, Any] = {Clear: 7, Replay: NoSuchCapture("no 9", "look"), Pause: ZeroDivisionError("x")}


class Engine:
    """Answers at once, by the kind of request."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def start(self, listener: Listener) -> None:
        """Nothing happens by itself."""

    def submit(self, request: Any) -> Future[Any]:
        self.asked.append(request)
        future: Future[Any] = Future()
        answer = ANSWERS[type(request)]
        future.set_exception(answer) if isinstance(answer, Exception) else future.set_result(answer)
        return future

    def stop(self) -> None:
        """There is nothing to stop."""


class Session:
    """A front, and tabs that attach to it."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.front = EngineFront(self.engine, Welcome(settings=SETTINGS, captures="/c.db", kept_in="~/c.db"))
        self.address = self.front.open()
        self._tabs: list[AttachedEngine] = []

    def tab(self) -> tuple[AttachedEngine, queue.Queue[Event]]:
        tab = AttachedEngine(self.address)
        heard: queue.Queue[Event] = queue.Queue()
        tab.start(heard.put)
        self._tabs.append(tab)
        return tab, heard

    def close(self) -> None:
        for tab in self._tabs:
            tab.stop()
        self.front.close()


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


def test_a_tab_is_told_what_it_needs_to_be_a_screen(session: Session) -> None:
    tab, _ = session.tab()
    assert (tab.welcome.settings, tab.welcome.captures, tab.welcome.kept_in) == (SETTINGS, "/c.db", "~/c.db")


def test_one_that_comes_later_hears_what_stands_and_then_what_all_hear(session: Session) -> None:
    standing: list[Event] = [
        READY,
        ConnectionChanged(at=2, state="connected", role="answering"),
        Noticed(at=3, level="info", text="t", about="every-path"),
    ]
    for event in (*standing, Noticed(at=4, level="info", text="said once")):
        session.front(event)
    tabs = [session.tab() for _ in range(2)]
    for _, heard in tabs:
        assert [heard.get(timeout=WITHIN_S) for _ in standing] == standing
    news = Noticed(at=5, level="info", text="new")
    session.front(news)
    assert [heard.get(timeout=WITHIN_S) for _, heard in tabs] == [news, news]


def test_a_request_is_answered_by_the_engine(session: Session) -> None:
    tab, _ = session.tab()
    assert tab.submit(Clear()).result(WITHIN_S) == 7
    assert session.engine.asked == [Clear()]


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [(Replay(name="9"), NoSuchCapture, "no 9; look"), (Pause(), OurBug, "ZeroDivisionError")],
    ids=["an error that a person can act on", "a bug"],
)
def test_what_goes_wrong_comes_back(session: Session, request_: Any, kind: type[HookscopeError], says: str) -> None:
    tab, _ = session.tab()
    with pytest.raises(kind, match=says):
        tab.submit(request_).result(WITHIN_S)


def test_at_the_end_of_the_session_a_tab_knows_and_asks_nothing_more(session: Session) -> None:
    tab, heard = session.tab()
    assert tab.submit(Clear()).result(WITHIN_S) == 7
    session.front.close()
    assert isinstance(heard.get(timeout=WITHIN_S), Stopped)
    with pytest.raises(InputError, match="the session has ended"):
        tab.submit(Clear()).result(WITHIN_S)


def test_a_tab_that_leaves_takes_nothing_with_it(session: Session) -> None:
    one, _ = session.tab()
    other, heard = session.tab()
    one.stop()
    assert other.submit(Clear()).result(WITHIN_S) == 7
    session.front(READY)
    assert heard.get(timeout=WITHIN_S) == READY


def test_whoever_lacks_the_key_hears_nothing(session: Session) -> None:
    _, _, place = session.address.partition(" ")
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client(place, authkey=b"guessed").recv()
    tab, _ = session.tab()
    assert tab.submit(Clear()).result(WITHIN_S) == 7
