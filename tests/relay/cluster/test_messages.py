"""Messages between nodes."""

from __future__ import annotations

import msgspec
import pytest

from hookscope_relay.cluster.messages import (
    Across,
    Agreed,
    Ask,
    Beat,
    Change,
    Changed,
    Ended,
    Farewell,
    Hello,
    InterimAnswer,
    Part,
    Said,
    Seat,
    TurnedAway,
    Wake,
    Whole,
    decode_said,
    encode_said,
)

SEAT = Seat("one", b"s" * 16, "handler", 12.5, 3)


@pytest.mark.parametrize(
    "said",
    [
        Hello("a"),
        Whole("a", 3, (SEAT, SEAT), True, False),
        Change("a", 4, "one", (SEAT,), ((b"s", 1.0, 1, 2.0),)),
        Beat("a", 4),
        Farewell("a"),
        Wake("one", 9),
        Ask("a", "one", "01k", b"s", 2.5, 0),
        Agreed(True),
        Part("01k", b"s", 0, 3, b"abc", 9, 200, "OK", "", (("A", "b"),)),
        InterimAnswer("01k", b"s", 103, "Early Hints", (("Link", "x"),)),
        Across("a", "01k", b"frame"),
        Ended("one", "01k", b"frame"),
        TurnedAway("one", b"frame"),
        Changed(""),
    ],
    ids=lambda said: type(said).__name__,
)
def test_every_message_comes_back(said: Said) -> None:
    assert decode_said(encode_said(said)) == said


@pytest.mark.parametrize(
    "payload",
    [b"", b"nonsense", msgspec.msgpack.encode({"type": "newer", "x": 1}), msgspec.msgpack.encode({"type": "beat"})],
    ids=["empty", "nonsense", "newer", "incomplete"],
)
def test_what_is_not_known_is_nothing(payload: bytes) -> None:
    assert decode_said(payload) is None


def test_a_newer_nodes_further_fields_are_ignored() -> None:
    payload = msgspec.msgpack.encode({"type": "beat", "node": "a", "version": 4, "load": 0.5})
    assert decode_said(payload) == Beat("a", 4)
