"""Answers in messages that hold less than an answer may."""

from __future__ import annotations

import os

import pytest

from hookscope_relay.cluster.parts import PART_BYTES, Parts, split_answer
from hookscope_relay.delivery import Answer
from hookscope_relay.senders import Outcome


def outcome(size: int) -> Outcome:
    headers = (("Set-Cookie", "a"), ("set-cookie", "b"))
    return Outcome(Answer(status=201, reason="Made", headers=headers, body=os.urandom(size)), "inspector", 7)


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 5])
def test_an_answer_comes_back_byte_for_byte(size: int) -> None:
    said, parts = outcome(size), Parts()
    split = list(split_answer("01k", b"s", said, "n"))
    assert max(len(part.body) for part in split) <= PART_BYTES
    assert [parts.add(part) for part in split] == [None] * (len(split) - 1) + [said]


def test_answers_that_arrive_at_once_are_told_apart() -> None:
    parts, first, second = Parts(), outcome(PART_BYTES + 1), outcome(PART_BYTES + 1)
    one, two = (list(split_answer(name, b"s", said, "n")) for name, said in (("a", first), ("b", second)))
    assert [parts.add(part) for part in (one[0], two[0], two[1], one[1])] == [None, None, second, first]


def test_a_part_that_is_missing_drops_the_answer() -> None:
    parts = Parts()
    split = list(split_answer("01k", b"s", outcome(3 * PART_BYTES), "n"))
    assert [parts.add(part) for part in (split[0], split[2], split[1])] == [None] * 3
    assert not parts._begun


def test_what_nobody_waits_for_is_forgotten() -> None:
    parts = Parts()
    first, second = split_answer("01k", b"s", outcome(PART_BYTES + 1), "n")
    parts.add(first)
    parts.forget("01k")
    assert parts.add(second) is None
