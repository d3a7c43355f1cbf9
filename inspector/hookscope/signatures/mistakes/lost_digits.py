"""What numbers of a delivered JSON body may have been before something parsed them: zero fractions dropped,
digits of large integers rounded.

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
# A whole number that ends in zeros, or a small fraction.
ROUND = re.compile(r"[1-9][0-9]{0,15}0{1,18}|0\.0{1,12}[1-9][0-9]{0,15}")
CENTS = re.compile(r"-?[0-9]{1,12}(?:\.[0-9])?")


def guesses(body: bytes) -> Iterator[Guess]:
    """Bodies that a parser may have made this one of, as (detail, bytes);
    none for a large body or one that is no JSON text."""
    if len(body) > MAX_BYTES or body[:1] not in (b"{", b"["):
        return
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return
    found = [match for match in NUMBER.finditer(text) if match[0][0] != '"'][:MAX_NUMBERS]
    yield from _with_cents(text, found)
    yield from _with_exponents(text, found)
    yield from _with_zero_fractions(text, [match for match in found if match[0].lstrip("-").isdigit()])
    for match in found:
        yield from _unrounded(text, match)


def _with_cents(text: str, found: Sequence[re.Match[str]]) -> Iterator[Guess]:
    """Two decimals wherever there is a fraction, and wherever there is a number."""
    for what, wanted in (("fractions", [match for match in found if "." in match[0]]), ("numbers", found)):
        padded = {match.start(): f"{float(match[0]):.2f}" for match in wanted if CENTS.fullmatch(match[0])}
        if padded:
            yield f"{what} with two decimals", _with(text, found, padded)


def _with_exponents(text: str, found: Sequence[re.Match[str]]) -> Iterator[Guess]:
    """Round numbers that stood there with an exponent (`100` for `1E2`), each alone and all together;
    small fractions too."""
    forms = [(match, _exponents(match[0])) for match in found]
    told = [(match, written) for match, written in forms if written]
    for match, written in told:
        for lexeme in written:
            yield f"{lexeme} became {match[0][:20]}", _with(text, [match], {match.start(): lexeme})
    for at in range(max((len(written) for _, written in told), default=0) if len(told) > 1 else 0):
        changed = {match.start(): written[min(at, len(written) - 1)] for match, written in told}
        yield "every round number with an exponent", _with(text, found, changed)


def _exponents(lexeme: str) -> list[str]:
    """A number with an exponent as languages write it; empty where none would."""
    bare = lexeme.removesuffix(".0")
    sign, digits = ("-", bare[1:]) if bare.startswith("-") else ("", bare)
    if not ROUND.fullmatch(digits):
        return []
    shift, kept = _shifted(digits)
    mantissas = [kept] if len(kept) == 1 else [f"{kept[0]}.{kept[1:]}", kept]
    powers = [shift + len(kept) - 1] if len(kept) == 1 else [shift + len(kept) - 1, shift]
    found = []
    for mantissa, power in zip(mantissas, powers, strict=True):
        plus = "" if power < 0 else "+"
        pointed = mantissa if "." in mantissa else f"{mantissa}.0"
        for head in (mantissa, pointed):
            found += [f"{sign}{head}E{power}", f"{sign}{head}e{power}", f"{sign}{head}E{plus}{power}"]
            found += [f"{sign}{head}e{plus}{power}", f"{sign}{head}e{'-' if power < 0 else '+'}{abs(power):02}"]
    return list(dict.fromkeys(found))


def _shifted(digits: str) -> tuple[int, str]:
    """The power of ten of the last significant digit, and the significant digits."""
    whole, _, fraction = digits.partition(".")
    if not fraction:
        kept = whole.rstrip("0")
        return len(whole) - len(kept), kept
    kept = (whole + fraction).lstrip("0").rstrip("0")
    return -len(fraction.rstrip("0")), kept


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
