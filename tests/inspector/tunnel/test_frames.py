"""The inspector's end of a session, fed with the relay's frames in memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.tunnel.frames import Arrival, InspectorSession
from hookscope_relay.errors import WireError
from hookscope_relay.wire import (
    MAX_RAW,
    Deliver,
    Frame,
    Gap,
    Piece,
    Refused,
    Reply,
    Role,
    Settled,
    Welcome,
    encode,
)

WELCOME = Welcome(
    url="http://u",
    epoch="e1",
    after=4,
    newest=9,
    role="answering",
    deadline_ms=25000,
    max_body=1000,
    max_answer=1000,
)


def deliver(seq: int = 5, pieces: int = 1, lengths: tuple[int, ...] = (3,), **more: Any) -> Deliver:
    return Deliver(seq=seq, prev=seq - 1, id=f"id{seq}", pieces=pieces, lengths=lengths, left_ms=900, **more)


def welcomed() -> InspectorSession:
    session = InspectorSession()
    session.receive(encode(WELCOME))
    return session


def test_the_welcome_is_reported_and_kept() -> None:
    session = InspectorSession()
    assert session.receive(encode(WELCOME)) == WELCOME
    assert session.welcome == WELCOME


@pytest.mark.parametrize("first", [Role(role="watching"), Gap(after=1, until=2, reason="age")])
def test_nothing_comes_before_the_welcome(first: Frame) -> None:
    with pytest.raises(WireError, match="comes first"):
        InspectorSession().receive(encode(first))


def test_there_is_one_welcome() -> None:
    with pytest.raises(WireError, match="and once"):
        welcomed().receive(encode(WELCOME))


def test_a_small_delivery_arrives_whole() -> None:
    arrival = welcomed().receive(encode(deliver(lengths=(1, 2), pieces=2, answer=True, owed=True), b"abc"))
    assert arrival == Arrival(
        epoch="e1", seq=5, prev=4, id="id5", pieces=(b"a", b"bc"), left_ms=900, answer=True, owed=True
    )


def test_large_deliveries_overlap_and_may_end_out_of_order() -> None:
    session = welcomed()
    assert session.receive(encode(deliver(5, 3), b"abc")) is None
    assert session.receive(encode(deliver(6, 2), b"xyz")) is None
    assert session.receive(encode(Piece(seq=5, number=1, last=False), b"d")) is None
    second = session.receive(encode(Piece(seq=6, number=1, last=True), b"!"))
    first = session.receive(encode(Piece(seq=5, number=2, last=True), b"e"))
    assert isinstance(first, Arrival)
    assert isinstance(second, Arrival)
    assert (first.pieces, second.pieces) == ((b"abc", b"d", b"e"), (b"xyz", b"!"))


@pytest.mark.parametrize(
    "frame",
    [
        Role(role="watching"),
        Settled(seq=5, how="answered", status=200, by="", waited_ms=5),
        Refused(problem="too-slow", method="POST", target="/", size=1),
        Gap(after=1, until=2, reason="age"),
    ],
)
def test_other_frames_are_reported_as_they_are(frame: Frame) -> None:
    assert welcomed().receive(encode(frame)) == frame


def test_a_gap_drops_what_was_begun_within_it() -> None:
    session = welcomed()
    session.receive(encode(deliver(5, 2), b"abc"))
    session.receive(encode(Gap(after=4, until=5, reason="age")))
    assert session.receive(encode(Piece(seq=5, number=1, last=True), b"d")) is None


def test_a_seq_has_a_name_once_it_was_brought() -> None:
    session = welcomed()
    session.receive(encode(deliver(5), b"abc"))
    assert session.name(5) == "id5"
    assert session.name(6) == ""


BROKEN: list[tuple[list[bytes], str]] = [
    ([encode(Reply(seq=1, status=200, reason="", headers=(), size=0))], "a Reply is not a relay's"),
    ([encode(deliver(5, 3), b"abc"), encode(Piece(seq=5, number=2, last=False), b"d")], "out of order"),
    ([encode(deliver(5, 3), b"abc"), encode(Piece(seq=5, number=1, last=True), b"d")], "out of order"),
    ([encode(deliver(5, 2), b"abc"), encode(Piece(seq=5, number=1, last=False), b"d")], "out of order"),
    (
        [
            encode(deliver(5, 9), b"abc"),
            *(encode(Piece(seq=5, number=n, last=False), bytes(MAX_RAW)) for n in range(1, 6)),
        ],
        "larger than the relay's own limit",
    ),
    ([b"\x02"], "at least"),
]


@pytest.mark.parametrize(("messages", "says"), BROKEN)
def test_what_a_relay_may_not_send_breaks_the_session(messages: list[bytes], says: str) -> None:
    session = welcomed()
    with pytest.raises(WireError, match=says):
        for message in messages:
            session.receive(message)


def test_unknown_kinds_and_pieces_of_unknown_deliveries_are_nothing() -> None:
    session = InspectorSession()
    assert session.receive(b"\xfa\0\0\0\0\0later") is None
    session.receive(encode(WELCOME))
    assert session.receive(encode(Piece(seq=77, number=1, last=True), b"d")) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_a_wire_error(message: bytes) -> None:
    session = welcomed()
    try:
        session.receive(message)
    except WireError:
        pass


def test_of_many_deliveries_the_latest_are_known_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.tunnel.frames.NAMES_KEPT", 3)
    session = welcomed()
    for seq in range(5, 10):
        session.receive(encode(deliver(seq), b"abc"))
    assert [session.name(seq) for seq in range(5, 10)] == ["", "", "id7", "id8", "id9"]
