"""Where secrets lie in a text: by their shape, by a user's pattern,
or because the same value was found elsewhere in the delivery."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from hookscope.tools.redaction.kinds import KINDS, Kind, compiled, present
from hookscope.tools.redaction.patterns import TimedPattern
from hookscope.tools.redaction.placeholders import Stand

# Replacing one secret may join its neighbours to what looks like another.
MAX_ROUNDS = 4
# A shorter value is looked for as a word of its own only.
DISTINCT_LENGTH = 12

# A lookbehind lets a match begin only where a run of letters begins, so that a long run costs its length once.
EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,128}+@(?:[\w-]{1,63}+\.){1,8}[^\W\d_]{2,24}+(?![\w-])")

Span = tuple[int, int]


def replace_secrets(
    text: str,
    stand: Stand,
    patterns: Sequence[TimedPattern] = (),
    known: Collection[str] = (),
    kinds: tuple[Kind, ...] = KINDS,
) -> tuple[str, list[str]]:
    """The text with every secret replaced, and the values that were; `kinds` are those that are looked for."""
    values: list[str] = []
    for _ in range(MAX_ROUNDS):
        spans = [span for span in _spans(text, patterns, known, kinds) if not stand.stands(text[span[0] : span[1]])]
        if not spans:
            break
        text = _replaced(text, _merged(spans), stand.text, values)
    return text, values


def replace_emails(text: str, stand: Stand) -> tuple[str, list[str]]:
    """The text with every e-mail address replaced, and the addresses that were."""
    if "@" not in text:
        return text, []
    values: list[str] = []
    spans = [match.span() for match in EMAIL.finditer(text) if not stand.stands(match[0])]
    return _replaced(text, spans, stand.email, values), values


def _spans(
    text: str, patterns: Sequence[TimedPattern], known: Collection[str], kinds: tuple[Kind, ...]
) -> Iterator[Span]:
    for kind in present(text, kinds):
        for match in compiled(kind).finditer(text):
            yield match.span("secret") if "secret" in match.re.groupindex else match.span()
    for pattern in patterns:
        yield from pattern.spans(text)
    for value in known:
        yield from _occurrences(text, value)


def _occurrences(text: str, value: str) -> Iterator[Span]:
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        apart = not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
        if apart or len(value) >= DISTINCT_LENGTH:
            yield at, end
        at = text.find(value, end)


def _merged(spans: list[Span]) -> list[Span]:
    """The spans in order, those that overlap joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _replaced(text: str, spans: list[Span], placeholder: Callable[[str], str], values: list[str]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        values.append(text[start:end])
        parts += (text[at:start], placeholder(text[start:end]))
        at = end
    parts.append(text[at:])
    return "".join(parts)
