from __future__ import annotations

import pytest

from hookscope.tools.filters.condition import EVERYTHING, Condition, all_of, any_of, like, like_pattern, negated

A = Condition("c.a = ?", (1,))
B = Condition("c.b = ?", (2,))


def test_conditions_join_with_their_parameters_in_order() -> None:
    assert all_of([A, B]).sql() == ("(c.a = ?) AND (c.b = ?)", (1, 2))
    assert any_of([B, A]).sql() == ("(c.b = ?) OR (c.a = ?)", (2, 1))
    assert all_of([A]) == any_of([A]) == A
    assert negated(A).sql() == ("NOT coalesce((c.a = ?), 0)", (1,))


def test_everything_is_empty() -> None:
    assert not EVERYTHING
    assert EVERYTHING.sql() == ("", ())
    assert A


@pytest.mark.parametrize(("text", "pattern"), [("a*b", "a%b"), ("100%", "100\\%"), ("a_b\\", "a\\_b\\\\"), ("", "")])
def test_only_a_star_is_special(text: str, pattern: str) -> None:
    assert like_pattern(text) == pattern


def test_a_pattern_is_a_parameter() -> None:
    assert like("c.x", like_pattern("a", "%", "%")).sql() == ("c.x LIKE ? ESCAPE '\\'", ("%a%",))
