"""What can hold no secret whatever else is in the body: runs of a form's pairs and of JSON's members and items.

They are passed over as one, because a body may be made of millions of them. A name is harmless by its last letter
(`names.harmless_ends`), a value by its length or its letters, as `sweep` judges them one by one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from hookscope.text.pattern import compile_pattern

# A value of this pattern holds nothing in a form that has the mark of no kind.
PLAIN = r"[^&%+@{\[]*+"
EVERY_PAIR = re.compile(rb"(?P<pair>[^&]+)")

_SPACE = r"[ \t\n\r]*+"


class Runs(NamedTuple):
    """Matches at a place of JSON: in an array scalars with their commas, or one flat container with its comma (the
    group `flat`); in an object members with their commas."""

    in_array: re.Pattern[str]
    in_object: re.Pattern[str]


def short(longest: int) -> str:
    """The pattern of a form's values of so many bytes at most, escapes undone."""
    return rf"(?:[^&%]|%[0-9A-Fa-f]{{2}}){{0,{longest}}}+"


@lru_cache(maxsize=64)
def pairs_beside(longest_name: int, ends: str, value: str) -> re.Pattern[bytes]:
    """Matches pairs one by one as the group `pair`, and runs of those that need no look without it: pairs with
    names of so many bytes at most that have no escape and end in one of `ends`, and with values of the pattern `value`.
    """
    plain = rf"[^&=%+]{{1,{longest_name}}}+(?<=[{ends}])=(?:{value})(?:&|\Z)"
    return compile_pattern(rf"(?:{plain})++|(?P<pair>[^&]+)".encode("ascii"))


@lru_cache(maxsize=64)
def json_runs(longest_name: int, ends: str, longest_value: int) -> Runs:
    """Runs in a text that is JSON: names of so many characters at most that end in one of `ends`, numbers, words, and
    strings of so many characters at most, all written without an escape."""
    scalar = rf'(?:-?[0-9][0-9.eE+-]*+|true|false|null|"[^"\\]{{0,{longest_value}}}+")'
    member = rf'"[^"\\]{{1,{longest_name}}}+(?<=[{ends}])"{_SPACE}:{_SPACE}{scalar}'
    comma = rf"{_SPACE},{_SPACE}"
    items, members = (rf"{_SPACE}(?:{one}(?:{comma}{one})*+)?+{_SPACE}" for one in (scalar, member))
    flat = rf"\[{items}\]|\{{{members}\}}"
    return Runs(
        compile_pattern(rf"(?:{_SPACE}{scalar}{_SPACE},)++|{_SPACE}(?P<flat>{flat}){_SPACE},"),
        compile_pattern(rf"(?:{_SPACE}{member}{_SPACE},)++"),
    )
