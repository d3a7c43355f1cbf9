"""Both ends: `Door` and `Attachment`, before a session that answers as it is told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from typing import Any

import pytest

from hookscope.config.settings import Settings
from hookscope.model.errors import NoSuchCapture, OurBug
from hookscope.model.events import ConnectionChanged, Event, HeldChanged, Noticed, Ready, Stopped
from hookscope.model.session_requests import Clear, Pause, Replay
from hookscope.session.attachment import Attachment
from hookscope.session.door import Door
from hookscope_relay.errors import HookscopeError, InputError

WITHIN_S = 10.0
READY = Ready(at=1, url="http://u", handler="", endpoint="e", relay="r")
SETTINGS = Settings(values={"a": 1}, environ={}, project={}, user={})
ANSWERS: dict[type, Any] = {Clear: 7, Replay: NoSuchCapture("no 9", "look"), Pause: ZeroDivisionError("x")}


def answered(request: Any) -> Future[Any]:
    """Answered at once, by the kind of request."""
    future: Future[Any] = Future()
    answer = ANSWERS[type(request)]
    future.set_exception(answer) if isinstance(answer, Exception) else future.set_result(answer)
    return future


class Session:
    """A door, and guests that come in by it."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.door = Door(self._submit, SETTINGS)
        self.address = self.door.open()
        self._guests: list[Attachment] = []

    def guest(self) -> tuple[Attachment, queue.Queue[Event]]:
        guest = Attachment(self.address)
        heard: queue.Queue[Event] = queue.Queue()
        guest.start(heard.put)
        self._guests.append(guest)
        return guest, heard

    def close(self) -> None:
        for guest in self._guests:
            guest.stop()
        self.door.close()

    def _submit(self, request: Any) -> Future[Any]:
        self.asked.append(request)
        return answered(request)


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()


def test_a_guest_is_told_the_settings(session: Session) -> None:
    guest, _ = session.guest()
    assert guest.settings == SETTINGS


def test_one_that_comes_later_hears_what_stands_and_then_what_all_hear(session: Session) -> None:
    standing: list[Event] = [
        READY,
        Noticed(at=3, level="info", text="t", about="every-path"),
        ConnectionChanged(at=2, state="connected", role="answering"),
        HeldChanged(at=4, count=2),
    ]
    for event in (
        ConnectionChanged(at=0, state="connecting"),
        *standing,
        Noticed(at=4, level="info", text="said once"),
    ):
        session.door(event)
    guests = [session.guest() for _ in range(2)]
    for _, heard in guests:
        assert [heard.get(timeout=WITHIN_S) for _ in standing] == standing
    news = Noticed(at=5, level="info", text="new")
    session.door(news)
    assert [heard.get(timeout=WITHIN_S) for _, heard in guests] == [news, news]


def test_a_request_is_answered_by_the_session(session: Session) -> None:
    guest, _ = session.guest()
    assert guest.submit(Clear()).result(WITHIN_S) == 7
    assert session.asked == [Clear()]


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [(Replay(name="9"), NoSuchCapture, "no 9; look"), (Pause(), OurBug, "ZeroDivisionError")],
    ids=["an error that a person can act on", "a bug"],
)
def test_what_goes_wrong_comes_back(session: Session, request_: Any, kind: type[HookscopeError], says: str) -> None:
    guest, _ = session.guest()
    with pytest.raises(kind, match=says):
        guest.submit(request_).result(WITHIN_S)


def test_at_the_end_of_the_session_a_guest_knows_and_asks_nothing_more(session: Session) -> None:
    guest, heard = session.guest()
    assert guest.submit(Clear()).result(WITHIN_S) == 7
    session.door.close()
    assert isinstance(heard.get(timeout=WITHIN_S), Stopped)
    with pytest.raises(InputError, match="the session has ended"):
        guest.submit(Clear()).result(WITHIN_S)


def test_a_guest_that_leaves_takes_nothing_with_it(session: Session) -> None:
    one, _ = session.guest()
    other, heard = session.guest()
    one.stop()
    assert other.submit(Clear()).result(WITHIN_S) == 7
    session.door(READY)
    assert heard.get(timeout=WITHIN_S) == READY


def test_whoever_lacks_the_key_hears_nothing(session: Session) -> None:
    _, _, place = session.address.partition(" ")
    with pytest.raises((AuthenticationError, EOFError, OSError)):
        Client(place, authkey=b"guessed").recv()
    guest, _ = session.guest()
    assert guest.submit(Clear()).result(WITHIN_S) == 7


def test_who_knocks_hears_that_somebody_is_there(session: Session) -> None:
    guest, _ = session.guest()
    assert guest.knock().result(WITHIN_S) is None
    assert session.asked == []


def test_a_door_that_was_closed_before_it_was_open_stays_closed() -> None:
    """A session may end while its door is being opened on another thread."""
    door = Door(answered, SETTINGS)
    door.close()
    assert door.open() == ""
