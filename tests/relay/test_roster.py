"""Who is attached, and who answers."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from hookscope_relay.log.protocol import Record
from hookscope_relay.roster import PLACE_KEPT_S, Departed, Elsewhere, Roster
from hookscope_relay.session import Session
from hookscope_relay.wire import Refused, Settled


def make_session(name: bytes = b"a", mode="handler", generation: int = 0, endpoint: str = "one") -> Session:
    return Session(name * 16, endpoint, mode, 0.0, 0, 100, generation=generation)


def add(roster: Roster, now: float = 0.0, **changes) -> Session:
    session = make_session(**changes)
    roster.add(session, now)
    return session


def test_nobody_answers_where_nobody_is():
    roster = Roster()
    assert (roster.answerer("one"), roster.of("one"), roster.endpoints(), list(roster)) == (None, (), (), [])


ORDERS = {
    "a handler before an older capture": ((("a", "capture"), ("b", "handler")), "b"),
    "the older of two handlers": ((("a", "handler"), ("b", "handler")), "a"),
    "a capture before an older watch": ((("a", "watch"), ("b", "capture")), "b"),
    "no watch ever": ((("a", "watch"), ("b", "watch")), None),
}


@pytest.mark.parametrize(("sessions", "answering"), ORDERS.values(), ids=ORDERS)
def test_one_session_answers(sessions, answering):
    roster = Roster()
    for number, (name, mode) in enumerate(sessions):
        add(roster, float(number), name=name.encode(), mode=mode)
    answerer = roster.answerer("one")
    assert (answerer and answerer.id) == (answering and answering.encode() * 16)
    roles = {one.session.id: one.session.role for one in roster}
    assert [name for name, role in roles.items() if role == "answering"] == ([answerer.id] if answerer else [])


@pytest.mark.parametrize(("away_s", "answering"), [(1.0, b"a"), (PLACE_KEPT_S + 1, b"b")])
def test_a_place_is_kept_for_a_minute(away_s, answering):
    roster = Roster()
    first = add(roster, 0.0, name=b"a")
    add(roster, 1.0, name=b"b")
    roster.remove(first, 10.0)
    add(roster, 10.0 + away_s, name=b"a")
    answerer = roster.answerer("one")
    assert answerer is not None
    assert answerer.id == answering * 16


def test_the_same_session_replaces_its_older_connection():
    roster = Roster()
    first = add(roster, 0.0)
    entry = roster.find(first)
    second = add(roster, 5.0)
    assert entry is not None
    assert (entry.close_code, roster.find(first), second.attached_at) == (4002, None, 0.0)


def test_a_newer_key_supersedes_the_sessions_of_older_ones_only():
    roster = Roster()
    sessions = [add(roster, 0.0, name=name, generation=number) for name, number in ((b"a", 0), (b"b", 1))]
    add(roster, 1.0, name=b"c", generation=1)
    codes = [entry.close_code for session in sessions if (entry := roster.find(session))]
    assert codes == [4001, None]


def test_the_first_code_asked_for_stands():
    roster = Roster()
    (entry,) = [roster.find(add(roster))]
    assert entry is not None
    entry.close(4001)
    entry.close(1012)
    assert (entry.close_code, entry.bell.is_set()) == (4001, True)


def test_endpoints_do_not_mix():
    roster = Roster()
    one, two = add(roster, endpoint="one"), add(roster, endpoint="two")
    assert (roster.answerer("one"), roster.answerer("two")) == (one, two)
    roster.remove(one, 1.0)
    assert roster.endpoints() == ("two",)
    roster.remove(one, 2.0)


def told(roster: Roster) -> dict[str, tuple[str, str, str]]:
    return {one.session.id[:1].decode(): (one.session.role, one.session.answerer, one.session.why) for one in roster}


WHYS = {
    "it asked to watch": ("watch", "handler", "asked"),
    "the other has a handler": ("capture", "handler", "handler"),
    "the other was first": ("handler", "handler", "first"),
}


@pytest.mark.parametrize(("mode", "other", "why"), WHYS.values(), ids=WHYS)
def test_who_watches_is_told_who_answers_and_why(mode, other, why):
    roster = Roster()
    for name, each in ((b"a", other), (b"b", mode)):
        session = make_session(name, each)
        session.label = f"{name.decode()}@host"
        roster.add(session, 0.0)
    assert told(roster) == {"a": ("answering", "", ""), "b": ("watching", "a@host", why)}


def test_where_nobody_answers_nobody_is_named():
    roster = Roster()
    add(roster, mode="watch")
    assert told(roster) == {"a": ("watching", "", "nobody")}


def test_whoever_took_over_last_answers():
    roster = Roster()
    first, second = (add(roster, 0.0, name=name) for name in (b"a", b"b"))
    third = add(roster, 0.0, name=b"c", mode="capture")
    third.label = "c@host"
    roster.take_over(second)
    roster.take_over(third)
    taken = ("watching", "c@host", "taken")
    assert told(roster) == {"a": taken, "b": taken, "c": ("answering", "", "")}
    roster.remove(third, 1.0)
    assert roster.answerer("one") is second
    roster.take_over(first)
    assert roster.answerer("one") is first


def test_who_only_watches_takes_nothing_over():
    roster = Roster()
    first, watch = add(roster), add(roster, name=b"w", mode="watch")
    roster.take_over(watch)
    assert (roster.answerer("one"), watch.taken) == (first, 0)


@pytest.mark.parametrize(("away_s", "answering"), [(1.0, b"b"), (PLACE_KEPT_S + 1, b"a")])
def test_what_was_taken_over_is_kept_for_a_minute(away_s, answering):
    roster = Roster()
    add(roster, 0.0)
    roster.take_over(second := add(roster, 1.0, name=b"b"))
    roster.remove(second, 10.0)
    add(roster, 10.0 + away_s, name=b"b")
    answerer = roster.answerer("one")
    assert answerer is not None
    assert answerer.id == answering * 16


def far(name: bytes = b"f", node: str = "n2", **changes) -> Elsewhere:
    values: dict[str, Any] = {"mode": "handler", "attached_at": 5.0} | changes
    return Elsewhere(name * 16, "one", node, **values)


def test_sessions_of_other_nodes_answer_by_the_same_order():
    roster = Roster()
    near = add(roster, 10.0)
    roster.note_elsewhere("one", "n2", [far()])
    first = roster.answerer_elsewhere("one")
    assert (roster.answerer("one"), first and first.node) == (None, "n2")
    assert (roster.elsewhere("one"), roster.nodes("one"), roster.endpoints_of("n2")) == ((far(),), ("n2",), ("one",))
    assert near.role == "watching"
    roster.note_elsewhere("one", "n3", [far(b"g", "n3", mode="watch")])
    roster.forget_elsewhere(far())
    assert (roster.answerer("one"), roster.answerer_elsewhere("one"), roster.nodes("one")) == (near, None, ("n3",))
    assert near.role == "answering"


def test_a_session_that_went_to_another_node_is_closed_here_and_keeps_its_place():
    roster = Roster()
    entry = roster.find(add(roster, 1.0))
    roster.note_elsewhere("one", "n2", [far(b"a", attached_at=1.0, taken=3)])
    assert entry is not None
    assert entry.close_code == 4002
    back = add(roster, 20.0, name=b"a")
    assert (back.attached_at, back.taken) == (1.0, 3)


def test_a_newer_key_at_another_node_supersedes_those_here():
    roster = Roster()
    entry = roster.find(add(roster))
    roster.note_elsewhere("one", "n2", [far(generation=1)])
    assert entry is not None
    assert entry.close_code == 4001


def test_the_places_of_a_node_that_is_gone_are_kept_for_a_minute():
    roster = Roster()
    roster.note_elsewhere("one", "n2", [far(taken=2)])
    roster.forget_node("n2", 10.0)
    assert roster.elsewhere("one") == ()
    assert roster.places("one", 11.0) == {b"f" * 16: Departed(5.0, 2, 10.0)}
    assert roster.places("one", 11.0 + PLACE_KEPT_S) == {}
    other = Roster()
    other.keep_places("one", roster.places("one", 11.0))
    assert add(other, 12.0, name=b"f").attached_at == 5.0


async def test_those_who_are_attached_are_told_how_a_wait_ended():
    roster = Roster()
    session = add(roster)
    entry = roster.find(session)
    assert entry is not None
    entry.bell.clear()
    settled = Settled(seq=3, how="answered", status=200, by="handler", waited_ms=5)
    roster.settle("one", settled)
    roster.settle("one", settled)
    assert not entry.bell.is_set()
    async with asyncio.timeout(5):
        await entry.bell.wait()


def test_who_is_past_a_record_is_not_woken_for_it():
    roster = Roster()
    near, ahead = add(roster), add(roster, name=b"b")
    ahead.position = 5
    for one in roster:
        one.bell.clear()
    roster.ring("one", 5)
    assert {one.session.id: one.bell.is_set() for one in roster} == {near.id: True, ahead.id: False}


def test_what_was_read_ahead_and_lost_is_taken_back():
    roster = Roster()
    entry = roster.find(add(roster))
    assert entry is not None
    entry.session.position = 3
    entry.ahead.append(cast(Record, None))
    roster.take_back("one", Settled(seq=2, how="expired", status=503, by="relay", waited_ms=5))
    assert (len(entry.ahead), entry.bell.is_set()) == (0, True)


def test_those_who_are_attached_are_told_of_what_was_turned_away():
    roster = Roster()
    entry = roster.find(add(roster))
    assert entry is not None
    roster.turn_away("one", Refused(problem="rate-limited", method="POST", target="/", size=0))
    assert entry.bell.is_set()
