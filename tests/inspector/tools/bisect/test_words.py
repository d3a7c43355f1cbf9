from __future__ import annotations

import pytest

from hookscope.tools.bisect.words import difference_in_words
from hookscope.tools.diff.difference import Difference

CASES = (
    (Difference("method", "changed", "POST", "PUT"), "the method PUT (in the place of POST)"),
    (Difference("headers.accept", "changed", "*/*", "text/html"), "accept: text/html (in the place of */*)"),
    (Difference("headers.cookie", "added", None, "a=1"), "cookie: a=1 (the good one has none)"),
    (Difference("headers.cookie", "removed", "a=1", None), "no cookie (the good one has a=1)"),
    (Difference("body/a/b", "changed", "1", "2"), "the body's /a/b = 2 (in the place of 1)"),
    (Difference("body/a", "removed", "1", None), "no /a in the body (the good one has 1)"),
    (Difference("form.a", "changed", "1", ""), "the body's a = nothing (in the place of 1)"),
    (Difference("query.mode", "added", None, "x"), "the query's mode = x (the good one has none)"),
    (Difference("query", "spelling", "a=1&b=2", "b=2&a=1"), "the query b=2&a=1 (in the place of a=1&b=2)"),
    (Difference("body", "order", None, None), "the order of the body's keys"),
    (Difference("body@7", "changed", "61", "62"), "the body from byte 7: 62 (in the place of 61)"),
    (Difference("path", "changed", "/a", "/" + "b" * 99), f"the path /{'b' * 59}… (in the place of /a)"),
)


@pytest.mark.parametrize(("difference", "text"), CASES)
def test_a_difference_in_words(difference: Difference, text: str) -> None:
    assert difference_in_words(difference) == text


def test_words_and_values_are_inert() -> None:
    assert not set("\x1b\x07") & set(difference_in_words(Difference("headers.x-\x1b", "changed", "\x1b[2J", "\x07")))
