"""What an error answer says in words: handlers and libraries name the cause themselves.

The patterns are data (`marks/words.toml`), tried in order against the answer's first words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, cast

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.conditions import not_json_type
from hookscope.diagnosis.conditions_of_answers import repeats_status
from hookscope.diagnosis.conditions_of_signatures import unsigned_by_provider
from hookscope.diagnosis.envelopes import is_protocol_error, lists_fields, missing_key
from hookscope.diagnosis.marks import body_evidence, status_evidence
from hookscope.diagnosis.readers.records import SIGNATURES, is_of_a_record, missing_record
from hookscope.diagnosis.readers.redirects import framework_of
from hookscope.diagnosis.readers.server_pages import front_of
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence, Layer
from hookscope_relay.made_answers import phrase

HEADLINE = 320

# What a body's state says more about than words do that fit both.
_ABOUT_BODY = frozenset({"unsupported-media-type", "validation-error", "missing-field", "empty-body", "bad-json"})

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
def _file() -> dict[str, Any]:  # Any: the values of a TOML file
    file = resources.files("hookscope.diagnosis") / "marks" / "words.toml"
    return tomllib.loads(file.read_text("utf-8"))


@cache
def sayings() -> tuple[Saying, ...]:
    """The rows of `marks/words.toml`, in order of trust: the first that fits is the one."""
    return tuple(_saying(row) for row in _file()["saying"])


@cache
def _boilerplate() -> re.Pattern[str]:
    return re.compile("|".join(_file()["boilerplate"]), re.I)


def _saying(row: dict[str, Any]) -> Saying:  # Any: the values of a TOML file
    return Saying(
        pattern=re.compile("|".join(row["patterns"]), re.I),
        cause=row["cause"],
        layer=cast(Layer, row["layer"]),
        confidence=row["confidence"],
        statuses=frozenset(row.get("statuses", ())),
        alternatives=tuple(row.get("alternatives", ())),
    )


# All that a refusal without a reason of its own is made of.
_PLAIN_REFUSAL = frozenset(
    [
        "forbidden",
        "forbiddenerror",
        "forbiddenexception",
        "access",
        "is",
        "denied",
        "accessdenied",
        "unauthorized",
        "unauthorised",
        "not",
        "authorized",
        "authorised",
        "permission",
        "allowed",
        "http",
        "httperror",
        "httpexception",
        "error",
        "exception",
        "status",
        "code",
        "statuscode",
        "you",
        "are",
        "undefined",
        "null",
    ]
)


def headline(answer: AnswerView) -> str:
    """The first words of an error: its message without the stack, of bounded length."""
    text = answer.message
    if answer.is_html and len(answer.answer.body) > 8192:
        text = f"{answer.title} {answer.visible[:200]}"
    cut = _STACK.search(text)
    said = _boilerplate().sub("", text[: cut.start()] if cut else text)
    return _without_status(said, answer)[:HEADLINE] if answer.is_html else said[:HEADLINE]


def _without_status(said: str, answer: AnswerView) -> str:
    """What a page says behind the status that its title and heading repeat."""
    repeated = re.compile(
        rf"^(?:\W*(?:\b{answer.status}\b|\b{re.escape(phrase(answer.status))}\b|\berror\b))+\W+", re.I
    )
    return repeated.sub("", said) if phrase(answer.status) else said


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """The reading of the first row that fits; then what a 404 or 403 with words of its own says."""
    if answer.status < 400:
        return
    said = headline(answer)
    own_reason = answer.reason if answer.reason.lower() != phrase(answer.status).lower() else ""
    if said.strip(" .·").lower() == phrase(answer.status).lower():
        said = ""  # the status once more, in words: the fallback reads it together with the request
    for text in filter(None, (said, own_reason[:100])):
        # Codes are words too, written with underscores (`invalid_signature`).
        spelt = (text, text.replace("_", " ")) if "_" in text else (text,)
        fitting = [
            (row, found[0])
            for row in sayings()
            if (found := _found(answer, row, spelt))
            and not (row.cause in SIGNATURES and is_of_a_record(answer.status, text, found[0]))
        ]
        if fitting:
            reading = _with_request(case, answer, _reading(answer, *_preferred(case, fitting)), text)
            unsigned = reading.cause == "signature-rejected" and unsigned_by_provider(case)
            yield replace(reading, alternatives=("signature-missing",)) if unsigned else reading
            return
    if answer.status in {400, 409, 422} and (key := missing_key(answer.json)):
        yield replace(_said("missing-field", answer, key, 0.83), alternatives=("validation-error",))
    elif answer.status in {400, 422} and case.request.state != "broken" and lists_fields(answer.json):
        yield Reading(
            cause="validation-error",
            layer="framework",
            confidence=0.78,
            product=framework_of(answer),
            evidence=_facts(answer, said),
        )
    elif not answer.is_html:
        yield from _own_words(case, answer, said)


# Who a client could not connect to, and the ports of databases, queues and mail.
_REFUSED = re.compile(r"econnrefused \S*?:(\d{1,5})\b|\bport[ =](\d{1,5})\b.{0,40}refused", re.I)
_STORES = frozenset(
    [
        "25",
        "465",
        "587",
        "1025",
        "1433",
        "1521",
        "2181",
        "3306",
        "4222",
        "5432",
        "5433",
        "5672",
        "6379",
        "8123",
        "9042",
        "9092",
        "9200",
        "11211",
        "26257",
        "27017",
    ]
)


def _with_request(case: Case, answer: AnswerView, reading: Reading, said: str) -> Reading:
    """The reading with what its words leave open: a body that its Content-Type kept from the parser lacks every field;
    what refused the connection may be the application behind a proxy."""
    more: tuple[str, ...] = ()
    if reading.cause in {"validation-error", "missing-field"} and not_json_type(case):
        more = ("unsupported-media-type",)
    elif reading.cause == "validation-error" and _LACKS.search(answer.visible):
        more = ("missing-field",)
    elif reading.cause in {"app-dependency-down", "upstream-down"} and (found := _REFUSED.search(said)):
        if (found[1] or found[2]) in _STORES:
            return replace(reading, cause="app-dependency-down", layer="handler", product="")
        more = ("upstream-down",) if reading.cause == "app-dependency-down" else ("app-dependency-down",)
    return replace(reading, alternatives=(*reading.alternatives, *more)) if more else reading


_LACKS = re.compile(r"required|missing|undefined", re.I)


def _found(answer: AnswerView, row: Saying, spelt: tuple[str, ...]) -> re.Match[str] | None:
    if row.statuses and answer.status not in row.statuses:
        return None
    return next(filter(None, map(row.pattern.search, spelt)), None)


def _preferred(case: Case, fitting: list[tuple[Saying, str]]) -> tuple[Saying, str]:
    """The first row, unless the request speaks for a later one: its body is broken or empty, or is not;
    it has a token, or has none."""
    first, *others = fitting
    cause, state = first[0].cause, case.request.state
    if cause in _ABOUT_BODY:
        wanted = {"broken": "bad-json", "empty": "empty-body"}.get(state, "")
        first = next((found for found in fitting if found[0].cause == wanted), first)
    if first[0].cause == "empty-body" and state not in {"empty", "other"}:
        return next((found for found in others if found[0].cause in _ABOUT_BODY), first)
    if cause == "token-malformed" and not case.request.get("authorization"):
        return next((found for found in others if found[0].cause == "bearer-missing"), first)
    return first


def _plain(message: str) -> bool:
    """Whether a refusal says no more than that it is one."""
    return set(re.findall(r"[a-z]+", message.lower())) <= _PLAIN_REFUSAL


def _own_words(case: Case, answer: AnswerView, said: str) -> Iterator[Reading]:
    if answer.status == 404 and (record := missing_record(said)) is not None:
        words, named = record
        found = _said("entity-not-found", answer, words, 0.9)
        yield found if named else replace(found, alternatives=("not-found",))
    if answer.status in {402, 403} and not _plain(answer.message) and len(said) > 8:
        signature = "signature-missing" if unsigned_by_provider(case) else "signature-rejected"
        yield replace(_said("permission-denied", answer, answer.visible[:60], 0.72), alternatives=(signature,))


def _reading(answer: AnswerView, row: Saying, words: str) -> Reading:
    layer = _layer(answer, row)
    return Reading(
        cause=row.cause,
        layer=layer,
        confidence=row.confidence,
        product=framework_of(answer) if layer == "framework" else front_of(answer) if layer == "reverse-proxy" else "",
        alternatives=row.alternatives,
        evidence=_facts(answer, words),
    )


def _layer(answer: AnswerView, row: Saying) -> Layer:
    """Who says such words: a server on its own page; a framework that lists fields;
    a handler whose parser's error was not caught."""
    if row.layer == "framework" and front_of(answer):
        return "reverse-proxy"
    if row.cause == "validation-error" and _in_framework_form(answer):
        return "framework"
    if row.cause == "missing-field" and is_protocol_error(answer.json):
        return "framework"
    parsed_by_handler = (
        row.cause == "bad-json"
        and answer.status == 500
        and "body-parser" not in answer.low
        and not is_protocol_error(answer.json)
    )
    return "handler" if parsed_by_handler else row.layer


def _in_framework_form(answer: AnswerView) -> bool:
    form = lists_fields(answer.json) or repeats_status(answer) or answer.media == "application/problem+json"
    return form or is_protocol_error(answer.json)


def _said(cause: str, answer: AnswerView, words: str, confidence: float) -> Reading:
    return Reading(cause=cause, layer="handler", confidence=confidence, evidence=_facts(answer, words))


def _facts(answer: AnswerView, words: str) -> tuple[Evidence, ...]:
    """The status, and the place of the words: literally, else by their first part, else the whole body."""
    text = words.strip()
    start = text.split("·", maxsplit=1)[0].strip()[:30]
    place = (body_evidence(answer, text) if text else None) or (body_evidence(answer, start) if start else None)
    return (status_evidence(answer), place or Evidence(f"the answer says “{text[:120]}”", "answer.body"))
