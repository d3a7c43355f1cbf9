from __future__ import annotations

import pytest

from hookscope.tools.filters.body_search import MAX_TRIGRAMS, body_contains, match_text


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("ab", ""),
        ("abc", '"abc"'),
        ("abcd", '"abc" AND "bcd"'),
        ('a"b', '"a""b"'),
        ("aaaaaa", '"aaa"'),
        ("a\0b", ""),
        ("", ""),
    ],
)
def test_the_index_is_asked_for_trigrams(text: str, query: str) -> None:
    assert match_text(text) == query


def test_a_long_text_asks_for_some_of_its_trigrams_from_all_over_it() -> None:
    query = match_text("abcdefghijklmnopqrstuvwxyz")
    assert query.count(" AND ") < MAX_TRIGRAMS
    assert '"abc"' in query
    assert '"uvw"' in query or '"xyz"' in query


def test_a_short_text_is_only_looked_for_in_the_bodies() -> None:
    assert "body_index" not in body_contains("ab").text
    assert body_contains("ab").parameters == ("%ab%",)
    assert body_contains("a*%c").parameters[-1] == "%a*\\%c%"
