"""The filter language: `status:4xx provider:notion -path:/health body:"some text" since:10m word`.

Terms stand side by side and all must hold. A term is `key:value` or a bare word; `-` or `not` before it turns it round;
commas between values mean any of them; double quotes hold spaces and commas (`\\"` is a quote). `*` stands for
anything. The keys are in `keys.KEYS`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hookscope.text.pattern import compile_pattern
from hookscope.tools.filters.build import BadValueError, word
from hookscope.tools.filters.condition import EVERYTHING, Condition, all_of, any_of, negated
from hookscope.tools.filters.keys import KEYS
from hookscope_relay.errors import InputError

MAX_FILTER = 2000
SHOWN_AT_MOST = 40

_TERM = compile_pattern(
    r'\s*+(?P<term>(?P<minus>-?)(?:(?P<key>[A-Za-z_]+):)?(?P<value>(?:"(?:[^"\\]|\\.)*+"|[^\s"])*+))'
)
_PART = compile_pattern(r'(?:"(?:[^"\\]|\\.)*+"|[^,"])*+')
_QUOTED = compile_pattern(r'"((?:[^"\\]|\\.)*+)"')


class FilterError(InputError):
    """A filter that makes no sense: `text[start:end]` is where,
    `what` says what is wrong and `remedy` what is allowed there."""

    def __init__(self, what: str, remedy: str, start: int, end: int) -> None:
        self.start = start
        self.end = end
        super().__init__(f"{what}, at character {start + 1} of the filter", remedy)


@dataclass(frozen=True, slots=True)
class Term:
    """One term as written: `text[start:end]`; `key` is empty for a bare word,
    `value_start` is where the value begins."""

    start: int
    end: int
    minus: bool
    key: str
    value: str
    value_start: int


def parse(text: str, without: Collection[str] = ()) -> Condition:
    """The condition that the filter means; `FilterError` where it means none. An empty filter is true of everything.

    Terms with one of the keys `without` are left out.
    """
    conditions: list[Condition] = []
    for term, turned in read_terms(text):
        condition = condition_of(term)
        if term.key not in without:
            conditions.append(negated(condition) if turned else condition)
    return all_of(conditions) if conditions else EVERYTHING


def read_terms(text: str) -> Iterator[tuple[Term, bool]]:
    """The terms of a filter, each with whether it is turned round; `FilterError` where the filter makes no sense."""
    if len(text) > MAX_FILTER:
        raise FilterError("the filter is too long", f"keep it under {MAX_FILTER} characters", MAX_FILTER, len(text))
    turned = False
    last: Term | None = None
    for term in split(text):
        last = term
        if term.value.lower() == "not" and not term.key and not term.minus:
            turned = not turned
            continue
        yield term, turned != term.minus
        turned = False
    if turned and last is not None:
        raise FilterError("`not` stands before nothing", "put a term behind it", last.start, last.end)


def split(text: str) -> list[Term]:
    """The terms of a filter; `FilterError` where a quote is not closed."""
    terms = []
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        assert match is not None  # every part of the pattern may be empty
        at = match.end()
        if text[at : at + 1] == '"':
            raise FilterError("a quote is not closed", 'put a " at its end', at, len(text))
        if match["term"]:
            terms.append(
                Term(
                    match.start("term"),
                    at,
                    bool(match["minus"]),
                    (match["key"] or "").lower(),
                    match["value"],
                    match.start("value"),
                )
            )
    return terms


def condition_of(term: Term) -> Condition:
    """The condition that a term means, by itself; `FilterError` where it means none."""
    if term.key and term.key not in KEYS:
        close = difflib.get_close_matches(term.key, KEYS, 1)
        keys = ", ".join(KEYS)
        remedy = f"did you mean {close[0]}? The keys are {keys}" if close else f"the keys are {keys}"
        raise FilterError(f"there is no filter key {term.key[:SHOWN_AT_MOST]!r}", remedy, term.start, term.end)
    values = values_of(term)
    if not term.key:
        if not any(values):
            raise FilterError("a term is empty", "take it out, or put a word there", term.start, term.end)
        return any_of([word(value) for value in values if value])
    key = KEYS[term.key]
    if not all(values):
        raise FilterError(f"{term.key}: has no value", f"give {key.takes}", term.value_start, term.end)
    try:
        return any_of([key.build(value) for value in values])
    except BadValueError as error:
        raise FilterError(
            f"{term.key}: does not take {term.value[:SHOWN_AT_MOST]!r}", f"give {error}", term.value_start, term.end
        ) from None


def values_of(term: Term) -> list[str]:
    """What stands between a term's commas, without its quotes."""
    return [_unquoted(part) for part in _parts(term.value)]


def _parts(value: str) -> list[str]:
    """The value at its commas, but not at those within quotes."""
    parts = []
    at = 0
    while True:
        match = _PART.match(value, at)
        assert match is not None  # the pattern may be empty
        parts.append(match.group())
        at = match.end() + 1
        if at > len(value):
            return parts


def _unquoted(part: str) -> str:
    pieces = _QUOTED.split(part)
    # Every second piece stood in quotes.
    return "".join(re.sub(r"\\(.)", r"\1", piece) if index % 2 else piece for index, piece in enumerate(pieces))
