"""Where secrets lie in a text: by their shape, by a user's pattern,
or because the same value was found elsewhere in the delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from heapq import merge
from io import StringIO
from math import inf

from hookscope.tools.redaction.kinds import KINDS, Kind, matches, present, without_capitals
from hookscope.tools.redaction.patterns import TimedPattern
from hookscope.tools.redaction.placeholders import Stand

# Replacing one secret may join its neighbours to what looks like another.
MAX_ROUNDS = 4
# A shorter value is looked for as a word of its own only.
DISTINCT_LENGTH = 12

# A lookbehind lets a match begin only where a run of letters begins, so that a long run costs its length once.
EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,128}+@(?:[\w-]{1,63}+\.){1,8}[^\W\d_]{2,24}+(?![\w-])")

Span = tuple[int, int]


class TooMuch(Exception):
    """A body is made of more than is looked at; the message says of what, after "it"."""


def replace_secrets(
    text: str,
    stand: Stand,
    patterns: Sequence[TimedPattern] = (),
    known: Collection[str] = (),
    kinds: tuple[Kind, ...] = KINDS,
    most: float = inf,
) -> tuple[str, list[str]]:
    """The text with every secret replaced, and the values that were; `kinds` are those that are looked for. Raises
    `TooMuch` where there are more than `most`."""
    if not (patterns or known or kinds):
        return text, []
    values: dict[str, None] = {}
    for _ in range(MAX_ROUNDS):
        fresh = (span for span in _spans(text, patterns, known, kinds) if not stand.stands(text[span[0] : span[1]]))
        new = _replaced(text, _merged(fresh), stand.text, values, most)
        if new == text:
            break
        text = new
    return text, list(values)


def replace_emails(text: str, stand: Stand, most: float = inf) -> tuple[str, list[str]]:
    """The text with every e-mail address replaced, and the addresses that were. Raises `TooMuch` where there are more
    than `most`."""
    if "@" not in text:
        return text, []
    values: dict[str, None] = {}
    spans = (match.span() for match in EMAIL.finditer(text) if not stand.stands(match[0]))
    return _replaced(text, spans, stand.email, values, most), list(values)


def _spans(
    text: str, patterns: Sequence[TimedPattern], known: Collection[str], kinds: tuple[Kind, ...]
) -> Iterator[Span]:
    """Where something lies, in order; as an iterator, since a body can be made of nothing else."""
    lower = without_capitals(text)
    of_kinds = (_secrets(matches(kind, text, lower)) for kind in present(text, kinds))
    of_patterns = (sorted(pattern.spans(text)) for pattern in patterns)
    return merge(*of_kinds, *of_patterns, *(_occurrences(text, value) for value in known))


def _secrets(found: Iterator[re.Match[str]]) -> Iterator[Span]:
    return (match.span("secret" if "secret" in match.re.groupindex else 0) for match in found)


def _occurrences(text: str, value: str) -> Iterator[Span]:
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        apart = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
        if apart or len(value) >= DISTINCT_LENGTH:
            yield at, end
        at = text.find(value, end)


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """The spans, those that overlap joined."""
    last = next(spans, None)
    if last is None:
        return
    for start, end in spans:
        if start < last[1]:
            last = (last[0], max(end, last[1]))
        else:
            yield last
            last = (start, end)
    yield last


def _replaced(
    text: str, spans: Iterator[Span], placeholder: Callable[[str], str], values: dict[str, None], most: float
) -> str:
    written = StringIO()
    made: dict[str, str] = {}
    at = 0
    for count, (start, end) in enumerate(spans):
        if count >= most:
            raise TooMuch(f"holds more than {most:,} secrets")
        secret = text[start:end]
        if secret not in made:
            made[secret] = placeholder(secret)
            values[secret] = None
        written.write(text[at:start])
        written.write(made[secret])
        at = end
    if not made:
        return text
    written.write(text[at:])
    return written.getvalue()
