"""What numbers of a delivered JSON body may have been before something parsed them: zero fractions dropped, digits of large integers rounded.

The lost digits can only be guessed, so the guesses are many; they are made of small bodies alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

from hookscope.signatures.mistakes.json_numbers import SAFE_INTEGER, as_javascript
from hookscope.signatures.mistakes.json_rewrites import NUMBER

Guess: TypeAlias = tuple[str, bytes]

MAX_BYTES = 1 << 15
MAX_TOGETHER = 9
MAX_NUMBERS = 40
MAX_ROUNDED = 4096
CENTS = re.compile(r"-?[0-9]{1,12}(?:\.[0-9])?")


def guesses(body: bytes) -> Iterator[Guess]:
    """Bodies that a parser may have made this one of, as (detail, bytes); none for a large body or one that is no JSON text."""
    if len(body) > MAX_BYTES or body[:1] not in (b"{", b"["):
        return
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    found = [match for match in NUMBER.finditer(text) if match[0][0] != '"'][:MAX_NUMBERS]
    yield from _with_cents(text, found)
    yield from _with_zero_fractions(text, [match for match in found if match[0].lstrip("-").isdigit()])
    for match in found:
        yield from _unrounded(text, match)


def _with_cents(text: str, found: Sequence[re.Match[str]]) -> Iterator[Guess]:
    """Two decimals wherever there is a fraction, and wherever there is a number."""
    for what, wanted in (("fractions", [match for match in found if "." in match[0]]), ("numbers", found)):
        padded = {match.start(): f"{float(match[0]):.2f}" for match in wanted if CENTS.fullmatch(match[0])}
        if padded:
            yield f"{what} with two decimals", _with(text, found, padded)


def _with_zero_fractions(text: str, whole: Sequence[re.Match[str]]) -> Iterator[Guess]:
    """`.0` after some of the whole numbers: two or more, since one alone is an ordinary rewrite; few of many."""
    sizes = range(2, len(whole) + 1) if len(whole) <= MAX_TOGETHER else (2, len(whole))
    for size in sizes:
        for some in combinations(whole, size):
            told = ", ".join(match[0][:20] for match in some[:4])
            zeros = {match.start(): match[0] + ".0" for match in some}
            yield f"{told} with a zero fraction", _with(text, whole, zeros)


def _unrounded(text: str, match: re.Match[str]) -> Iterator[Guess]:
    """The integers that a double of this value may stand for."""
    lexeme = match[0]
    if not lexeme.lstrip("-").isdigit() or abs(int(lexeme[:25])) < SAFE_INTEGER or as_javascript(lexeme) != lexeme:
        return
    middle = int(float(lexeme))
    reach = int(math.ulp(float(lexeme))) // 2
    if 0 < reach <= MAX_ROUNDED:
        for other in range(middle - reach, middle + reach + 1):
            if str(other) != lexeme:
                yield f"{other} became {lexeme}", _with(text, [match], {match.start(): str(other)})


def _with(text: str, found: Sequence[re.Match[str]], changed: dict[int, str]) -> bytes:
    """The text with other numbers at some places."""
    parts, at = [], 0
    for match in found:
        if match.start() in changed:
            parts += [text[at : match.start()], changed[match.start()]]
            at = match.end()
    return "".join([*parts, text[at:]]).encode("utf-8", "surrogatepass")
