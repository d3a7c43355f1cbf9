from __future__ import annotations

import pytest

from hookscope.tui.presentation.filter_hints import SHOWN, begin_turn, explain


@pytest.mark.parametrize(
    ("text", "cursor", "steps", "then"),
    [
        ("st", 2, 0, "status:"),
        ("st is:failed", 2, 0, "status: is:failed"),
        ("is:failed -pro", 14, 0, "is:failed -provider:"),
        ("type:pa", 7, 1, "type:page.deleted"),
        ("type:pa", 7, -1, "type:page.deleted"),
    ],
)
def test_an_offer_takes_the_place_of_its_term(text: str, cursor: int, steps: int, then: str) -> None:
    turn = begin_turn(text, cursor, {"type": ("page.created", "page.deleted")})
    assert turn is not None
    assert turn.moved(steps).text == then
    assert begin_turn("nothing:x", 9, {}) is None


def test_what_could_come_next_is_offered() -> None:
    assert "status:4xx" in explain("")[0].plain
    assert "status:" in explain("sta")[0].plain


def test_a_mistake_is_marked_where_it_is() -> None:
    marks, sentence = explain("method:POST status:9x")
    assert marks.plain == "  " + " " * len("method:POST status:") + "▔▔"
    assert sentence.plain.startswith("✗ status: does not take '9x': give a status")


def test_a_key_without_its_value_is_a_mistake_once_it_is_entered() -> None:
    assert "status:2xx" in explain("status:")[0].plain
    assert "status: has no value" in explain("status:", entered=True)[1].plain


def test_the_offer_that_is_taken_is_always_among_those_shown() -> None:
    known = {"type": tuple(f"t{number}" for number in range(30))}
    turn = begin_turn("type:", 5, known)
    assert turn is not None
    for step in (0, 3, SHOWN, 29):
        assert f"[type:t{step}]" in turn.moved(step).line().plain
