"""A user's patterns find what they mean, and none of them hangs."""

from __future__ import annotations

import time

import pytest

from hookscope.tools.redaction import patterns
from hookscope.tools.redaction.patterns import TimedPattern
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("text", "subject", "found"),
    [
        (r"CUST-\d{6}", "a CUST-123456 b", [(2, 13)]),
        (r"id=(?P<secret>\w+)", "id=abc&id=d", [(3, 6), (10, 11)]),
        (r"x*", "axb", [(1, 2)]),
        (r"(a+)+$", "aaa", [(0, 3)]),
        (r"é+ü?", "\ud800 éé", [(2, 4)]),
        (r"(?P<secret>a)?b", "b ab", [(2, 3)]),
    ],
)
def test_a_pattern_finds_what_it_means(text: str, subject: str, found: list[tuple[int, int]]) -> None:
    assert list(TimedPattern(text).spans(subject)) == found


@pytest.mark.parametrize(
    "text", [r"(a+)+$", r"(a|a)*$", r"(a|aa){1,60}$", r"a*a*a*a*a*a*a*a*b", r"(?:(?:a?){30})(?:a{30})b"]
)
def test_a_pattern_that_goes_back_without_end_is_refused_in_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.2)
    started = time.monotonic()
    with pytest.raises(InputError, match="takes more than"):
        list(TimedPattern(text).spans("a" * 2000 + "!"))
    assert time.monotonic() - started < 5


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(InputError, match="is not a regular expression"):
        TimedPattern("(")


def test_one_that_was_ended_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 1.0)
    pattern = TimedPattern("(a+)+$")
    with pytest.raises(InputError):
        list(pattern.spans("a" * 60 + "!"))
    assert list(pattern.spans("aa")) == [(0, 2)]
