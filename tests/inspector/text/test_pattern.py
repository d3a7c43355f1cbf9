from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from hookscope.text.pattern import compile_atomic, compile_pattern

FORMS = [
    (r"(?:%[0-9A-F]{2})++", "a%41%42%zz%", ["%41%42"]),
    (r'"(?:[^"\\]++|\\.)*+"', r'"a\"b" "c', [r'"a\"b"']),
    (r"(?:ab?c)?+x", "abcx abx x", ["abcx", "x", "x"]),
    (r"(?P<name>(?:[a-z]=[0-9]+&)++)(?P<rest>[^&]*)", "a=1&b=22&c=x", [("a=1&b=22&", "c=x")]),
    (r"(?:(?:a|bc){1,2}+,)++b", "a,bca,b,", ["a,bca,b"]),
    (r"(?:(?!--)[^x]){1,3}+", "ab--cdx", ["ab", "-cd"]),
    (r"[0-9]++[a-z]*+", "12ab 3", ["12ab", "3"]),
]


@pytest.mark.parametrize(("form", "text", "found"), FORMS, ids=[form for form, _, _ in FORMS])
@pytest.mark.parametrize("compiler", [compile_pattern, compile_atomic])
def test_a_repeat_gives_nothing_back_and_takes_no_turn_that_fails_midway(
    compiler: Callable[[str], re.Pattern[str]], form: str, text: str, found: list[object]
) -> None:
    assert compiler(form).findall(text) == found


def test_groups_flags_and_bytes_are_as_in_the_pattern_itself() -> None:
    atomic = compile_atomic(rb"(?P<a>(?:x.)++)(?P<b>y)?", re.DOTALL | re.IGNORECASE)
    match = atomic.match(b"x\nX1Y")
    assert match is not None
    assert match.groupdict() == {"a": b"x\nX1", "b": b"Y"}
    assert atomic.groupindex == {"a": 1, "b": 2}
