"""Marks: what the default pages, headers and messages of frameworks, servers and hosted layers look like, and what each
means.

They are data (`marks/*.toml`, one `[[product]]` a product, with its source). A mark holds when everything it names
holds:

- `status` (list), `method` (list), `reason` (part of the reason phrase)
- `body` (all of these in the body), `any` (one of these), `exact` (the whole body), `title` (part of the HTML title),
  `message` (all of these in the answer's words), `regex` (found in the body); all in lower case
- `header` (each `name`, `name: part of its value`, `name: ^its beginning` or `name: =its whole value`), `absent`
  (headers), `server` (one of these in Server), `empty`, `json`
- `only` (header names: the answer has no others)
- `when`: conditions of the case (`conditions.py`)

A mark is its product's own, unless it is `shared`: then others answer like this too, and it names nobody (see
`names.py`). `language` is what the product is written in, `known_as` what its headers call it. A product's `hints` hold
a hint by cause, for rows that bring none. Evidence points at the first of these that has a place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, TypeAlias, cast

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.conditions import CONDITIONS
from hookscope.diagnosis.names import self_named, vetoed
from hookscope.diagnosis.quotes import LONGEST, quote, spoken
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.views import AnswerView
from hookscope.model.finding import Evidence, Layer

FILES = ("python", "javascript", "languages", "servers", "hosted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One row of a mark file; empty fields ask nothing."""

    product: str
    layer: Layer
    cause: str
    confidence: float
    source: str = ""
    version: str = ""
    hint: str = ""
    alternatives: tuple[str, ...] = ()
    status: frozenset[int] = frozenset()
    method: frozenset[str] = frozenset()
    reason: str = ""
    body: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    title: str = ""
    message: tuple[str, ...] = ()
    regex: re.Pattern[str] | None = None
    header: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    empty: bool = False
    json: bool = False
    when: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    shared: bool = False
    language: str = ""
    known_as: tuple[str, ...] = ()


Table: TypeAlias = tuple[Mapping[int, tuple[Mark, ...]], tuple[Mark, ...]]


def holds(mark: Mark, case: Case, answer: AnswerView) -> bool:
    """Whether everything that a mark names holds, its status included."""
    return (not mark.status or answer.status in mark.status) and _holds(mark, case, answer, {})


def readings(case: Case, answer: AnswerView) -> Iterator[Reading]:
    """A reading for the first mark of each product that holds: its rows go from the special to the general."""
    holding = list(_holding(case, answer))
    nameless = [mark for mark in holding if mark.shared and not self_named(answer.told, mark.known_as)]
    for mark in holding:
        named = not vetoed(answer.told, mark.language) and mark not in nameless
        could_be = tuple(other for other in nameless if other.cause == mark.cause) if mark in nameless else ()
        yield Reading(
            cause=mark.cause,
            layer=mark.layer,
            confidence=mark.confidence,
            product=_name(mark, answer) if named else "",
            alternatives=mark.alternatives,
            evidence=_evidence(mark, answer),
            hint=mark.hint if named else "",
            own=not mark.shared,
            bare=mark.shared,
            could_be=tuple((other.product, other.hint) for other in could_be),
        )


def _holding(case: Case, answer: AnswerView) -> Iterator[Mark]:
    known: dict[str, bool] = {}
    spoken: set[str] = set()
    known_statuses, for_others = _table()
    for mark in known_statuses.get(answer.status, for_others):
        if mark.product not in spoken and _holds(mark, case, answer, known):
            spoken.add(mark.product)
            if not (mark.shared and vetoed(answer.told, mark.language)):
                yield mark


def _name(mark: Mark, answer: AnswerView) -> str:
    return named_by_page(mark.product, answer) or name_with_version(mark.product, mark.version, answer)


def name_with_version(product: str, version_name: str, answer: AnswerView) -> str:
    """The product's name with the version that the answer's headers or page give it, where they do."""
    wanted = re.escape((version_name or product).lower())
    for text in (answer.get("server"), answer.get("x-powered-by"), answer.get("via"), answer.low[-400:]):
        if found := re.search(rf"{wanted}[/ (]v?(\d[\w.]*)", text.lower()):
            return f"{product} {found[1].rstrip('.')}"
    return product


# What was made of nginx signs nginx' pages with its own name.
_SIGNATURE = re.compile(r"<hr><center>((?!nginx)[a-z][\w.-]{1,40}?)(?:/([\w.]+))?</center>", re.I)


def named_by_page(product: str, answer: AnswerView) -> str:
    """The name that a page of nginx' form is signed with, where that is another than nginx; empty otherwise."""
    found = _SIGNATURE.search(answer.text[:4096]) if product == "nginx" else None
    return " ".join(filter(None, found.groups())) if found else ""


def _holds(mark: Mark, case: Case, answer: AnswerView, known: dict[str, bool]) -> bool:
    # What is cheap to look at comes first: most marks of a status fail by a header.
    return (
        (not mark.header or all(_has(answer, name, part) for name, part in mark.header))
        and not (mark.absent and any(name in answer.headers for name in mark.absent))
        and (not mark.only or mark.only >= answer.headers.keys())
        and _page_holds(mark, answer)
        and (not mark.method or case.request.method in mark.method)
        and (not mark.message or all(part in answer.message.lower() for part in mark.message))
        and (mark.regex is None or mark.regex.search(answer.low) is not None)
        and all(_condition(name, case, known) for name in mark.when)
    )


def _has(answer: AnswerView, name: str, part: str) -> bool:
    value = answer.get(name).lower()
    if name not in answer.headers:
        return False
    if part.startswith("^"):
        return value.startswith(part[1:])
    return value == part[1:] if part.startswith("=") else part in value


def _page_holds(mark: Mark, answer: AnswerView) -> bool:
    return (
        (not mark.server or any(part in answer.get("server").lower() for part in mark.server))
        and (not mark.empty or answer.empty)
        and (not mark.exact or answer.stripped in mark.exact or (answer.compact or None) in mark.exact)
        and (not mark.body or all(answer.says(part) for part in mark.body))
        and (not mark.any or any(answer.says(part) for part in mark.any))
        and (not mark.title or mark.title in answer.title.lower())
        and (not mark.reason or mark.reason in answer.reason.lower())
        and (not mark.json or answer.json is not None)
    )


def _condition(name: str, case: Case, known: dict[str, bool]) -> bool:
    if name not in known:
        known[name] = CONDITIONS[name](case)
    return known[name]


def _evidence(mark: Mark, answer: AnswerView) -> tuple[Evidence, ...]:
    facts = [status_evidence(answer)]
    needles = [
        *mark.body,
        *(part for part in mark.any if part in answer.low),
        *(part for part in mark.exact if part in answer.low),
    ]
    needles += [part for part in (mark.title, *mark.message) if part]
    if needles and (fact := _sentence(answer, mark.body) or body_evidence(answer, needles[0])):
        facts.append(fact)
    elif mark.regex is not None and (found := mark.regex.search(answer.low)) and not answer.encoded:
        facts.append(quote(answer, found.start(), found.end()))
    facts += [header_evidence(answer, name, part.lstrip("=^")) for name, part in mark.header]
    if mark.server:
        facts.append(header_evidence(answer, "server", ""))
    return tuple(facts)


def _sentence(answer: AnswerView, parts: Sequence[str]) -> Evidence | None:
    """From the first of several parts to the last, where they are close together: half a sentence says the opposite."""
    places = [answer.low.find(part) for part in parts]
    if len(parts) < 2 or min(places) < 0 or places != sorted(places) or answer.encoded:
        return None
    if answer.json is not None and parts[-1].endswith(("[", "{", ":")) and (said := spoken(answer)) is not None:
        return said  # parts of a structure are no sentence
    end = places[-1] + len(parts[-1])
    return quote(answer, places[0], end) if end - places[0] <= LONGEST else None


def status_evidence(answer: AnswerView) -> Evidence:
    """The answer's status line."""
    return Evidence(f"the answer is {answer.status} {answer.reason}".rstrip(), "answer.status")


def header_evidence(answer: AnswerView, name: str, part: str) -> Evidence:
    """A header of the answer, at the part of its value that matters."""
    value, spelt = answer.get(name), answer.spelt(name)
    at = value.lower().find(part) if part else -1
    start, end = (at, at + len(part)) if at >= 0 else (0, len(value))
    # What a cookie holds opens a session; findings are printed, kept and reported.
    told = f"{value.partition('=')[0]}=…" if name == "set-cookie" and "=" in value else value
    return Evidence(f"{spelt}: {told[:120]}", f"answer.headers.{spelt}", start, end)


def body_evidence(answer: AnswerView, needle: str) -> Evidence | None:
    """The place in the body that holds a text, in any case; None where it is not literally there."""
    at = answer.low.find(needle.lower())
    if at < 0:
        return None
    if answer.encoded:
        return Evidence(f"the unpacked body says “{needle[:120]}”", "answer.body")
    return quote(answer, at, at + len(needle))


@cache
def _table() -> Table:
    return by_status(all_marks())


def by_status(marks: Sequence[Mark]) -> Table:
    """The marks that may hold for a status, in their order, and those for a status that none of them names."""
    named = {status for mark in marks for status in mark.status}
    found = {status: tuple(mark for mark in marks if not mark.status or status in mark.status) for status in named}
    return found, tuple(mark for mark in marks if not mark.status)


@cache
def all_marks() -> tuple[Mark, ...]:
    """Every mark of every file, in the files' order. ValueError names the product of a row that makes no sense."""
    folder = resources.files("hookscope.diagnosis") / "marks"
    found = []
    for name in FILES:
        data = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        for product in data["product"]:
            found += [_mark(product, row) for row in product["marks"]]
    return tuple(found)


_KEYS = {field.name for field in fields(Mark)}


def _mark(product: Mapping[str, Any], row: Mapping[str, Any]) -> Mark:  # Any: the values of a TOML file
    unknown = set(row) - _KEYS
    if unknown or "cause" not in row or not set(row.get("when", ())) <= set(CONDITIONS):
        raise ValueError(f"mark of {product['name']}: {sorted(unknown) or row}")
    values: dict[str, Any] = {
        "product": product["name"],
        "version": product.get("version", ""),
        "source": product["source"],
        "layer": cast(Layer, product["layer"]),
        "confidence": 0.95,
        "language": product.get("language", ""),
        "known_as": tuple(product.get("known_as", [product["name"].lower()])),
    }
    values["hint"] = product.get("hints", {}).get(row["cause"], "")
    for key, value in row.items():
        values[key] = tuple(value) if isinstance(value, list) else value
    values["status"] = frozenset(row.get("status", ()))
    values["method"] = frozenset(row.get("method", ()))
    values["regex"] = re.compile(row["regex"]) if "regex" in row else None
    values["only"] = frozenset(row.get("only", ()))
    values["header"] = tuple(_header(text) for text in row.get("header", ()))
    return Mark(**values)


def _header(text: str) -> tuple[str, str]:
    name, _, part = text.partition(":")
    return name.strip(), part.strip()
