from __future__ import annotations

import pytest

from hookscope.tools.bisect.change import RequestDifference

CASES = (
    (RequestDifference("method", "", "POST", "PUT"), "the method PUT in the place of POST"),
    (RequestDifference("header", "Accept", "*/*", "text/html"), "Accept: text/html (in the place of */*)"),
    (RequestDifference("header", "Cookie", None, "a=1"), "Cookie: a=1 (the good one has none)"),
    (RequestDifference("header", "Cookie", "a=1", None), "no Cookie (the good one has a=1)"),
    (RequestDifference("field", "/a/b", "1", "2"), "the body's /a/b = 2 (in the place of 1)"),
    (RequestDifference("query", "mode", None, "x"), "the query's mode = x (the good one has none)"),
    (RequestDifference("writing", "repeated keys in the body"), "repeated keys in the body"),
    (RequestDifference("body", "", "1 bytes", ""), "the body (nothing in the place of 1 bytes)"),
    (RequestDifference("path", "", "/a", "/" + "b" * 99), f"the path /{'b' * 59}… in the place of /a"),
)


@pytest.mark.parametrize(("difference", "text"), CASES)
def test_a_difference_in_words(difference, text):
    assert difference.text == text


def test_words_and_values_are_inert():
    difference = RequestDifference("header", "X-\x1b", "\x1b[2J", "\x07")
    assert not set("\x1b\x07") & set(difference.text + "".join(map(str, difference.to_mapping().values())))
