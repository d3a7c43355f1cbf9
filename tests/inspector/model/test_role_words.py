"""Who answers, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from hookscope.model.events import ConnectionChanged
from hookscope.model.role_words import REASONS, may_take_over, watching
from hookscope_relay.wire import WHYS, RoleName


def told(role: RoleName = "watching", answerer: str = "ada@laptop", why: str = "first", copies: bool = False):
    return ConnectionChanged(at=0, state="connected", role=role, answerer=answerer, why=why, copies=copies)


def test_every_reason_of_the_relay_has_words():
    assert set(REASONS) == set(WHYS)


@pytest.mark.parametrize(
    ("answerer", "why", "who"),
    [("ada", "taken", "ada"), ("", "first", "another session"), ("", "nobody", "nobody"), ("", "", "another session")],
)
def test_who_answers_is_named(answerer, why, who):
    assert watching(told(answerer=answerer, why=why)).who == who


def test_a_reason_that_is_not_known_is_none():
    assert watching(told(why="later")) == ("ada@laptop", "", "it is only shown here", "")


def test_a_copy_is_said():
    assert watching(told(copies=True)).here == "this session's handler gets a copy"


@pytest.mark.parametrize(("why", "may"), [("first", True), ("", True), ("asked", False), ("nobody", False)])
def test_who_asked_to_watch_does_not_take_over(why, may):
    assert may_take_over(told(why=why)) is may
    assert not may_take_over(told("answering", why=why))
    assert get_args(RoleName) == ("answering", "watching")
