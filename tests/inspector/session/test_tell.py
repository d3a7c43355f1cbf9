"""What is passed on of what a transaction wrote: to the faces, to what explains, to the lines of what waits."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt
from hookscope.model.events import Attempted, Captured, Event, HandshakeSeen, Settled
from hookscope.model.verdict import Recognition
from hookscope.session.derive import Copied
from hookscope.session.hold import PacedDelivery
from hookscope.session.tell import Tell
from hookscope.store.entry import Appended, Copy, Entry, Settling
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer

DELIVERY = make_delivery()
BEGUN = Attempt(number=1, origin="live", handler_url="http://localhost:3000", started_at=0.0)
ENDED = replace(BEGUN, answer=Answer(status=200, reason="OK", headers=(), body=b""), elapsed_ms=4.0)
LEG: Any = object()


class Around:
    """A session around it, which has one route, `a`, and notes what it hears."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.explained: list[object] = []
        self.held: list[Entry] = []
        self.lines: list[PacedDelivery] = []
        courses: Any = SimpleNamespace(
            forwarding=SimpleNamespace(keep_handshake_secrets=False),
            routing=SimpleNamespace(named=lambda name: LEG if name == "a" else None),
        )
        explainer: Any = SimpleNamespace(knows_secret=lambda *_: False, has_secret=lambda _: False)
        derive: Any = SimpleNamespace(add=self.explained.append)
        hold: Any = SimpleNamespace(kept=self.held.append, add=self.lines.append)
        self.tell = Tell(emit=self.events.append, explainer=explainer, courses=courses, derive=derive, hold=hold)

    @property
    def kinds(self) -> list[type]:
        return [type(event) for event in self.events]


@pytest.fixture
def around() -> Around:
    return Around()


def make_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {"number": 7, "origin": "live", "place": LogPlace("e", "x", 1, 0)}
    return Entry(delivery=DELIVERY, **values | changes)


def kept(entry: Entry, is_new: bool = True) -> Appended:
    return Appended([(entry, entry.number, is_new)], [entry] if entry.has_ended else [])


@pytest.mark.parametrize(
    ("attempt", "is_new", "kinds", "explained", "counted"),
    [
        (None, True, [Captured], 1, 1),
        (None, False, [], 0, 0),
        (BEGUN, True, [Captured], 0, 1),
        (ENDED, True, [Captured, Attempted], 1, 1),
    ],
    ids=["nobody had it", "held already", "under way", "ended"],
)
def test_a_delivery_is_told_once_and_explained_when_its_attempt_is_over(
    around: Around, attempt: Attempt | None, is_new: bool, kinds: list[type], explained: int, counted: int
) -> None:
    entry = make_entry(attempt=attempt)
    around.tell.written(kept(entry, is_new))
    assert around.kinds == kinds
    assert (around.explained, around.tell.captured) == ([entry] * explained, counted)
    assert {event.number for event in around.events if isinstance(event, Captured | Attempted)} <= {7}


def test_a_copy_is_told_and_explained_by_itself(around: Around) -> None:
    entry, copy = make_entry(attempt=ENDED), Copy(2, replace(ENDED, number=2, is_copy=True, route="a"))
    around.tell.written(Appended([], [], copied=[(entry, copy)]))
    (told,) = around.events
    assert isinstance(told, Attempted) and (told.attempt, told.copy, told.route) == (2, True, "a")
    assert around.explained == [Copied(entry, copy.attempt)]


def test_how_a_wait_ended_is_told(around: Around) -> None:
    around.tell.written(Appended([], [], settled=[Settling("d", "expired", 504, "relay", 25.0)]))
    (told,) = around.events
    assert isinstance(told, Settled)
    assert (told.id, told.how, told.status, told.by, told.waited_ms) == ("d", "expired", 504, "relay", 25.0)


def test_what_waits_for_the_users_word_stands_in_no_line(around: Around) -> None:
    around.tell.expect_held(DELIVERY.id)
    around.tell.written(kept(make_entry(held="")))
    (told,) = around.events
    assert isinstance(told, Captured) and told.held
    assert (around.tell.held, around.held) == ([7], [])


@pytest.mark.parametrize(("attempt", "times"), [(None, 1), (ENDED, 2)])
def test_what_waits_for_its_turn_is_said_to_its_line(around: Around, attempt: Attempt | None, times: int) -> None:
    entry = make_entry(held="a", attempt=attempt)
    around.tell.written(kept(entry))
    assert (around.held, around.tell.held) == ([entry] * times, [])


def test_a_copy_stands_in_the_line_of_its_route_where_that_is_there_still(around: Around) -> None:
    around.tell.written(kept(make_entry(held_copies=("a", "gone"))))
    (turn,) = around.lines
    assert (turn.leg, turn.copy, turn.number, turn.seq) == (LEG, True, 7, None)


def test_a_handshake_is_told_behind_its_delivery(around: Around) -> None:
    delivery = make_delivery(body=b'{"verification_token":"secret_abc"}')
    known = Recognition(provider="notion", handshake="verification-token")
    entry = msgspec.structs.replace(make_entry(recognition=known), delivery=delivery)
    around.tell.written(kept(entry))
    assert around.kinds == [Captured, HandshakeSeen]
