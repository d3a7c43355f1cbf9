"""The keys that a provider's table may have, each with what may stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from hookscope.providers.provider import (
    ALGORITHMS,
    ENCODINGS,
    JWT_ALGORITHMS,
    KINDS,
    LAYOUTS,
    MESSAGE_ALGORITHMS,
    SECRET_FORMS,
    UNITS,
)

HANDSHAKES = (
    "verification-token",
    "challenge",
    "hub-challenge",
    "encrypted-token",
    "query-challenge",
    "hook-secret",
    "intent-to-receive",
    "header-verification",
    "validation-token",
    "text-challenge",
    "head",
    "subscribe-url",
    "ping",
    "event-grid",
)
URL_FORMS = ("ports", "hubspot", "decoded")
BODY_FORMS = ("escaped",)
PLACEHOLDERS = frozenset(
    {
        "method",
        "url",
        "path",
        "timestamp",
        "id",
        "body",
        "secret",
        "crc32",
        "form",
        "sns",
        "path_escaped_twice",
        "signed_headers",
        "sorted_url",
        "sorted_fields",
        "bare_url",
        "jws_headers",
    }
)

# What a key may hold: a test, and the words for it.
Check: TypeAlias = tuple[Callable[[Any], bool], str]  # Any: the value may be of every TOML type

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
# A field name of RFC 9110, section 5.1; a final `*` takes every header that begins so.
HEADER = re.compile(r"[!#$%&'+.^_`|~0-9A-Za-z-]{1,100}\*?")
PLACE = re.compile(r"(header|body|form|query|pair|claim|item|param)\.[^ {}]+")
PATTERN_ELEMENT = re.compile(
    r"(?:\\[dw.+*?()\[\]{}|^$-]|\[[^\[\]]+\]|[A-Za-z0-9_:=.@/-])(?:\{\d{1,4}(?:,\d{0,4})?\}|[+*?])?"
)
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9


def _is_pattern(value: Any) -> bool:
    """Whether a text is a pattern of characters and classes, each with a quantifier at most,
    so that no text makes it slow."""
    if not isinstance(value, str) or not 0 < len(value) <= 300:
        return False
    elements: list[str] = PATTERN_ELEMENT.findall(value)
    return "".join(elements) == value and sum(element.endswith(("+", "*", ",}")) for element in elements) <= 3


def _pairs(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(item, str | int | float) for item in value.values())


def _among(*words: str) -> Check:
    return (lambda value: value in words, "one of " + ", ".join(words))


def _all_among(*words: str) -> Check:
    return (lambda value: _texts(value) and set(value) <= set(words), "a list of " + ", ".join(words))


def _place(value: Any) -> bool:
    return isinstance(value, str) and bool(PLACE.fullmatch(value))


def _event_places(value: Any) -> bool:
    return _texts(value) and all(_place(part) for item in value for part in item.split(" + "))


def _template(value: Any) -> bool:
    return isinstance(value, str) and all(
        name in PLACEHOLDERS or bool(PLACE.fullmatch(name)) for name in PLACEHOLDER.findall(value)
    )


TEXT: Check = (_text, "text")
TEXTS: Check = (_texts, "a list of texts")
A_HEADER: Check = (lambda value: _text(value) and bool(HEADER.fullmatch(value)), "the name of a header")
HEADERS: Check = (
    lambda value: _texts(value) and all(HEADER.fullmatch(name) for name in value),
    "a list of names of headers",
)
NUMBER: Check = (_number, "a number of 0 or more")
FLAG: Check = (lambda value: isinstance(value, bool), "true or false")
PAIRS: Check = (_pairs, "a table of texts")
A_PLACE: Check = (_place, "a place such as header.NAME or body.key.key")
EVENT_PLACES: Check = (_event_places, "a list of places such as header.NAME or body.key.key, joined by ` + `")
TEMPLATE: Check = (
    _template,
    "a template of {" + "} {".join(sorted(PLACEHOLDERS)) + "} and places such as {header.NAME}",
)
A_NAME: Check = (
    lambda value: isinstance(value, str) and bool(NAME.fullmatch(value)),
    "lower-case letters, digits and hyphens",
)
A_DATE: Check = (lambda value: isinstance(value, str | date), "a date")
A_SHARE: Check = (lambda value: _number(value) and value <= 1, "a number from 0 to 1")

SCHEME_KEYS: dict[str, Check] = {
    "name": A_NAME,
    "kind": _among(*KINDS),
    "header": A_HEADER,
    "headers": HEADERS,
    "field": A_PLACE,
    "algorithm": _among(*ALGORITHMS),
    "encoding": _among(*ENCODINGS),
    "any_case": FLAG,
    "prefix": TEXT,
    "layout": _among(*LAYOUTS),
    "separator": TEXT,
    "group": TEXT,
    "signature_key": TEXT,
    "timestamp_key": TEXT,
    "message": TEMPLATE,
    "timestamp": A_PLACE,
    "unit": _among(*UNITS),
    "past_s": NUMBER,
    "future_s": NUMBER,
    "id": A_PLACE,
    "secret": _among(*SECRET_FORMS),
    "secret_prefix": TEXT,
    "when": PAIRS,
    "requires": PAIRS,
    "parameters": TEXTS,
    "url_forms": _all_among(*URL_FORMS),
    "body_forms": _all_among(*BODY_FORMS),
    "items": TEXT,
    "claims": PAIRS,
    "algorithms": _all_among(*JWT_ALGORITHMS, *MESSAGE_ALGORITHMS),
    "covers": TEXTS,
    "certificate_url": A_PLACE,
    "certificate_hosts": TEXTS,
    "legacy": FLAG,
    "explicit": FLAG,
    "repeated": FLAG,
    "note": TEXT,
}
SIGN_KEYS: dict[str, Check] = {
    "header": TEXT,
    "value": TEXT,
    "user_agent": TEXT,
    "body": TEXTS,
    "body_value": TEXT,
    "query": TEXT,
    "query_digits": FLAG,
    "form": TEXTS,
    "alone": FLAG,
    "confidence": A_SHARE,
}
EVENT_KEYS: dict[str, Check] = dict.fromkeys(
    ("id", "type", "at", "object", "attempt", "sequence", "sequence_last"), EVENT_PLACES
)
A_PATTERN: Check = (
    lambda value: _text(value) and _is_pattern(value),
    "a pattern of characters and classes such as key-[0-9a-f]{32}, without groups",
)
KEY_FORM_KEYS: dict[str, Check] = {"like": A_PATTERN, "is_called": TEXT, "may_sign": FLAG, "advice": TEXT}
TABLE: Check = (lambda value: isinstance(value, Mapping), "a table")
TABLES: Check = (
    lambda value: isinstance(value, list) and all(isinstance(item, Mapping) for item in value),
    "a list of tables",
)
SECRET_KEYS: dict[str, Check] = {
    "called": TEXT,
    "found": TEXT,
    "prefix": TEXT,
    "api_tokens": TEXTS,
    "known": TEXTS,
    "form": A_PATTERN,
    "mistaken": TABLES,
}
PROVIDER_KEYS: dict[str, Check] = {
    "name": A_NAME,
    "title": TEXT,
    "docs": TEXT,
    "read_on": A_DATE,
    "scheme": TABLES,
    "recognise": TABLES,
    "event": TABLE,
    "secret": TABLE,
    "handshake": _among(*HANDSHAKES),
    "handshake_text": TEXT,
    "retries": TEXT,
    "rotation": TEXT,
    "time_limit_s": NUMBER,
    "unchecked": TEXTS,
    "traps": TEXTS,
}
