from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.text.markdown import code, fenced, prose


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The handler answers 404, see below.", "The handler answers 404, see below."),
        ("ask @ann", "ask `@ann`"),
        ("see [x](http://evil.example)", "see `[x](http://evil.example)`"),
        ("www.evil.example", "`www.evil.example`"),
        ("a<img src=x>", "`a<img` `src=x>`"),
        ("fixes #12", "fixes `#12`"),
        ("a*b*c _d_ ~~e~~", "`a*b*c` `_d_` `~~e~~`"),
        ("- item", "`-` item"),
        ("1. item", "`1.` item"),
        ("# head", "`#` head"),
        ("line\nbreak", "`line␊break`"),
        ("tick ` tick", "tick `` ` `` tick"),
        ("run `hookscope verify 3`; then", "run `hookscope verify 3`; then"),
        ("`<b> @ann` x", "`<b> @ann` x"),
        ("<b>`x`", "`` <b>`x` ``"),
        ("`x`<b>", "`` `x`<b> ``"),
        ("it says “no such key” here", "it says “no such key” here"),
        ("\x1b[2J", "`␛[2J`"),
        ("", ""),
    ],
)
def test_prose_obeys_nothing(text: str, shown: str) -> None:
    assert prose(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"), [("x", "`x`"), ("`", "`` ` ``"), ("a``b", "```a``b```"), ("", ""), ("  ", "")]
)
def test_code_is_closed_by_its_own_mark_only(text: str, shown: str) -> None:
    assert code(text) == shown


@given(text=st.text(st.one_of(st.characters(), st.sampled_from("`\n~"))))
def test_a_fence_holds_any_text(text: str) -> None:
    opening, *inside, closing = fenced(text, "http").split("\n")
    assert opening == closing + "http"
    assert not any(line.strip().startswith(closing) for line in inside)


@given(text=st.text())
def test_prose_and_code_are_one_line(text: str) -> None:
    assert "\n" not in prose(text) + code(text)


def test_a_long_run_of_backticks_is_cut() -> None:
    assert len(fenced("`" * 1_000_000)) < 1000
