"""What came while nobody listened."""

from __future__ import annotations

import pytest

from hookscope.model.summary import Summary
from hookscope.session.catch_up import CatchingUp, came_while_away, not_handled
from hookscope.tunnel.frames import Arrival
from hookscope_relay.wire import Welcome


def welcome(after: int, newest: int) -> Welcome:
    return Welcome(
        url="http://u",
        epoch="e",
        after=after,
        newest=newest,
        role="answering",
        deadline_ms=25000,
        max_body=1,
        max_answer=1,
    )


def arrival(seq: int, left_ms: int = 0) -> Arrival:
    return Arrival(
        epoch="e", seq=seq, prev=seq - 1, id=f"id{seq}", pieces=(), left_ms=left_ms, answer=left_ms > 0, owed=True
    )


def test_where_nothing_came_there_is_nothing_to_catch_up_with() -> None:
    catching_up = CatchingUp()
    catching_up.begin(welcome(4, 4))
    assert not catching_up.is_under_way
    assert not catching_up.reach(5)
    catching_up.note(arrival(5))
    assert catching_up.take() == []


def test_what_nobody_waits_for_is_counted_until_the_end_of_then_is_reached() -> None:
    catching_up = CatchingUp()
    catching_up.begin(welcome(4, 7))
    reached = []
    for one in (arrival(5), arrival(6), arrival(7, left_ms=900), arrival(8)):
        catching_up.note(one)
        reached.append(catching_up.reach(one.seq))
    assert reached == [False, False, True, False]
    assert (catching_up.take(), catching_up.take()) == (["id5", "id6"], [])


def test_a_connection_that_breaks_on_the_way_loses_no_count() -> None:
    catching_up = CatchingUp()
    catching_up.begin(welcome(4, 7))
    catching_up.note(arrival(5))
    catching_up.begin(welcome(5, 6))
    catching_up.note(arrival(6))
    assert catching_up.reach(6)
    assert catching_up.take() == ["id5", "id6"]


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ((False, False), "2 deliveries that came while you were away, since "),
        ((True,), "1 delivery held for a turn at the handler, since "),
        (
            (True, False, True),
            "2 deliveries held for a turn at the handler and 1 delivery that came while you were away",
        ),
    ],
)
def test_what_is_held_did_not_come_while_one_was_away(held: tuple[bool, ...], told: str) -> None:
    owed = [
        Summary(number=number, id=str(number), received_at=0.0, method="POST", target="/", held=one)
        for number, one in enumerate(held)
    ]
    assert not_handled(owed).startswith(told)


def test_one_and_many_in_words() -> None:
    assert came_while_away(1, 0.0).startswith("1 delivery that came while you were away, since ")
    assert came_while_away(2, 0.0).startswith("2 deliveries that came while you were away, since ")
