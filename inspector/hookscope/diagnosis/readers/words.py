"""What an error answer says in words: handlers and libraries name the cause themselves.

The patterns are data (`marks/words.toml`), tried in order against the answer's first words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from hookscope.diagnosis.exchange import AnswerView
from hookscope.diagnosis.marks import body_evidence, status_evidence
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.reading import Reading
from hookscope.finding import Evidence, Layer
from hookscope_relay.answers import phrase

if TYPE_CHECKING:
    from hookscope.diagnosis.case import Case

HEADLINE = 320

# Where an exception's own words end and its stack begins.
_STACK = re.compile(
    r"\s+at \S+ \(|\s+at (?:async |new )?\S*[/\\]|\s+at [\w.$<>]+\(|\n?Traceback|\s#0 |Stack trace:|\sFile \"|\s+in /\S+:\d+"
)


@dataclass(frozen=True, slots=True)
class Saying:
    """One row: what is said, for which statuses (empty: any from 400), and what it means."""

    pattern: re.Pattern[str]
    cause: str
    layer: Layer
    confidence: float
    statuses: frozenset[int] = frozenset()
    alternatives: tuple[str, ...] = ()


@cache
def sayings() -> tuple[Saying, ...]:
    """The rows of `marks/words.toml`, in order of trust: the first that fits is the one."""
    file = resources.files("hookscope.diagnosis") / "marks" / "words.toml"
    return tuple(_saying(row) for row in tomllib.loads(file.read_text("utf-8"))["saying"])


def _saying(row: dict[str, Any]) -> Saying:  # Any: the values of a TOML file
    return Saying(
        pattern=re.compile("|".join(row["patterns"]), re.I),
        cause=row["cause"],
        layer=cast(Layer, row["layer"]),
        confidence=row["confidence"],
        statuses=frozenset(row.get("statuses", ())),
        alternatives=tuple(row.get("alternatives", ())),
    )


# A record that is missing, not a route: something with a name was looked for.
_RECORD = re.compile(
    r"\b(?!page\b|route\b|path\b|url\b|uri\b|resource\b|endpoint\b|file\b|requested\b|method\b|handler\b|not\b|was\b|is\b|could\b|error\b|sorry\b|found\b|that\b|document\b|location\b|object\b)"
    r"([a-z_]{3,})\b.{0,60}\b(not found|does ?n.t exist|does not exist|unknown|missing|could ?n.t be found|could not be found)|"
    r"(unknown|no such|no matching|can(?:no|.)t find|could ?n.t find|could not find|not find|invalid) (?:the |a |an |any )?(?!route|path|url|page|resource|endpoint|file|method|handler|action)([a-z_]+)",
    re.I,
)
_NAMED_RECORD = re.compile(
    r"\b[a-z_]{3,} [\"'#]?(?=[\w-]*\d)[\w-]{1,64}[\"']? (was )?(not found|does ?n.t exist|does not exist|is unknown)",
    re.I,
)
_ROUTE_WORDS = re.compile(
    r"\b(route|path|url|uri|endpoint|page|cannot (post|get|put|patch)|no handler|requested|resource|server|static|file|directory|matching .{0,10}path)\b|/",
    re.I,
)
_PLAIN_REFUSAL = re.compile(
    r"^\W*(\d{3}\W*)?(forbidden|access (is )?denied|denied|unauthori[sz]ed|not authori[sz]ed|permission denied|not allowed)?\W*(forbidden|access denied|unauthori[sz]ed)?\W*$",
    re.I,
)


def headline(answer: AnswerView) -> str:
    """The first words of an error: its message without the stack, of bounded length."""
    text = answer.message
    if answer.is_html and len(answer.answer.body) > 8192:
        text = f"{answer.title} {answer.visible[:200]}"
    cut = _STACK.search(text)
    return (text[: cut.start()] if cut else text)[:HEADLINE]


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """The reading of the first row that fits; then what a 404 or 403 with words of its own says."""
    if answer.status < 400:
        return
    said = headline(answer)
    own_reason = answer.reason if answer.reason.lower() != phrase(answer.status).lower() else ""
    if said.strip(" .·").lower() == phrase(answer.status).lower():
        said = ""  # the status once more, in words: the fallback reads it together with the request
    for text in filter(None, (said, own_reason[:100])):
        for row in sayings():
            if (not row.statuses or answer.status in row.statuses) and (found := row.pattern.search(text)):
                yield _reading(answer, row, found[0])
                return
    if not answer.is_html:
        yield from _own_words(answer, said)


def _own_words(answer: AnswerView, said: str) -> Iterator[Reading]:
    if answer.status == 404:
        record = _NAMED_RECORD.search(said)
        if record is None and not _ROUTE_WORDS.search(said):
            record = next(filter(None, (_RECORD.search(part) for part in said.split(" · "))), None)
        if record is not None:
            yield _said("entity-not-found", answer, record[0], 0.9)
    if answer.status in {402, 403} and not _PLAIN_REFUSAL.match(answer.message) and len(said) > 8:
        yield _said("permission-denied", answer, answer.visible[:60], 0.72)


def _reading(answer: AnswerView, row: Saying, words: str) -> Reading:
    return Reading(
        cause=row.cause,
        layer=row.layer,
        confidence=row.confidence,
        product=framework_of(answer) if row.layer != "handler" else "",
        alternatives=row.alternatives,
        evidence=_facts(answer, words),
    )


def _said(cause: str, answer: AnswerView, words: str, confidence: float) -> Reading:
    return Reading(cause=cause, layer="handler", confidence=confidence, evidence=_facts(answer, words))


def _facts(answer: AnswerView, words: str) -> tuple[Evidence, ...]:
    """The status, and the place of the words: literally, else by their first part, else the whole body."""
    text = words.strip()
    start = text.split("·", maxsplit=1)[0].strip()[:30]
    place = (body_evidence(answer, text) if text else None) or (body_evidence(answer, start) if start else None)
    return (status_evidence(answer), place or Evidence(f"the answer says “{text[:120]}”", "answer.body"))
