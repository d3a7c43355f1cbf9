"""Routes as a person writes them: `FILTER -> HANDLER` on a command line, a table of keys in a configuration file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hookscope.config.values import KINDS, Kind
from hookscope.model.edits import parse_header
from hookscope.model.handler import parse_handler
from hookscope.model.pace import Pace
from hookscope.tools.filters.arrival import parse_arrival
from hookscope.tools.routes.rule import REST, RouteRule, name_for
from hookscope_relay.delivery import Headers
from hookscope_relay.errors import InputError

ARROW = "->"
FORM = "write it as 'path:/stripe -> 3000/webhooks'"
# The bounds of a pace, by what is given.
LEAST = {"rate": 0.001, "concurrency": 1, "retry": 0, "timeout": 0.001}
MOST = {"retry": 100, "rate": 100_000, "concurrency": 100_000, "timeout": 3600}

UNITS: Mapping[Kind, str] = {"duration": "s", "rate": "/s", "whole": ""}

_NAMED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]{0,39})\s*=(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_PATH = re.compile(r"/[^?#\x00-\x20\x7f-\U0010ffff]*")
_HOST = re.compile(r"[!-~]+")
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00\r\n]*")

# Any: the kind of a key decides what it is read to.
Read = Callable[[Any], Any]


def parse_routes(texts: Sequence[str]) -> tuple[RouteRule, ...]:
    """The routes of a command line, in order; `InputError` names the one that makes no sense."""
    rules: list[RouteRule] = []
    for text in texts:
        try:
            rules.append(_parse(text, [rule.name for rule in rules]))
        except InputError as error:
            raise InputError(f"--route {text[:80]!r}: {error.what}", error.remedy) from None
    return tuple(rules)


def _parse(text: str, taken: Sequence[str]) -> RouteRule:
    before, arrow, handler = text.rpartition(ARROW)
    if not arrow:
        raise InputError(f"there is no {ARROW}", FORM)
    named = _NAMED.fullmatch(before)
    match = (named[2] if named else before).strip()
    name = named[1] if named else name_for(match, taken)
    if name in taken:
        raise InputError(f"there is a route {name} already", "give each a name of its own")
    return RouteRule(name=name, match=match, filter=parse_arrival(match), handler=parse_handler(handler.strip()))


def read_routes(tables: Sequence[Mapping[str, Any]], place: Callable[[int, str], str]) -> tuple[RouteRule, ...]:
    """The routes of a configuration file's tables, in order. `place` says where a key of one stands (without a key:
    the table itself); `InputError` begins with it."""
    rules: list[RouteRule] = []
    for index, table in enumerate(tables):
        rules.append(_read(table, [rule.name for rule in rules], partial(place, index)))
    return tuple(rules)


def _read(table: Mapping[str, Any], taken: Sequence[str], place: Callable[[str], str]) -> RouteRule:
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("_", "-")
        if name not in KEYS:
            near = difflib.get_close_matches(name, KEYS, 1)
            remedy = f"did you mean {near[0]}?" if near else "the keys are " + ", ".join(KEYS)
            raise InputError(f"{place(key)}: a route has no key {key!r}", remedy)
        try:
            values[name] = KEYS[name](value)
        except InputError as error:
            raise InputError(f"{place(key)}: {key}: {error.what}", error.remedy) from None
    if "handler" not in values:
        raise InputError(f"{place('')}: the route has no handler", 'add handler = "3000/webhooks"')
    match = str(table.get("match", ""))
    name = values.get("name") or name_for(match, taken)
    if name in taken or name == REST:
        why = "stands for the handler that takes the rest" if name == REST else "is taken by a route before it"
        raise InputError(f"{place('name')}: the name {name!r} {why}", "give it another")
    if values.get("path") and values.get("strip-prefix"):
        raise InputError(f"{place('path')}: path and strip-prefix exclude each other", "leave one of them out")
    return RouteRule(
        name=name,
        match=match,
        filter=values.get("match", parse_arrival("")),
        handler=values["handler"],
        strip_prefix=values.get("strip-prefix", ""),
        path=values.get("path", ""),
        host=values.get("host", ""),
        set_headers=values.get("set-header", ()),
        timeout_s=values.get("timeout"),
        only_path=values.get("only-path", ""),
        only_methods=values.get("only-method", ()),
        pace=Pace(values.get("rate"), values.get("concurrency"), values.get("retry", 0)),
        answers=values.get("answer", False),
    )


def tables_of(rules: Sequence[RouteRule]) -> tuple[dict[str, Any], ...]:
    """The tables that `read_routes` reads these routes from again, but for their pace."""
    return tuple(
        {
            key: value
            for key, value in (
                ("name", rule.name),
                ("match", rule.match),
                ("handler", rule.handler.url),
                ("answer", rule.answers),
                ("strip-prefix", rule.strip_prefix),
                ("path", rule.path),
                ("host", rule.host),
                ("set-header", [f"{name}: {text}" for name, text in rule.set_headers]),
                ("timeout", f"{rule.timeout_s:g}s" if rule.timeout_s else ""),
                ("only-path", rule.only_path),
                ("only-method", list(rule.only_methods)),
            )
            if value
        }
        for rule in rules
    )


def paced(rules: Sequence[RouteRule], pace: Pace) -> tuple[RouteRule, ...]:
    """The routes, each with what a pace for all says where it says nothing of its own."""
    return tuple(
        replace(
            rule,
            pace=Pace(
                rule.pace.rate or pace.rate, rule.pace.concurrency or pace.concurrency, rule.pace.retry or pace.retry
            ),
        )
        for rule in rules
    )


def dressed(rules: Sequence[RouteRule], host: str, headers: Sequence[str]) -> tuple[RouteRule, ...]:
    """The routes, each with the Host and the headers (`Name: value`) that are set for all where it says nothing of its
    own; `InputError` for what cannot be set."""
    if host:
        KEYS["host"](host)
    set_headers = KEYS["set-header"](list(headers))
    return tuple(
        replace(rule, host=rule.host or host, set_headers=(*_other(set_headers, rule.set_headers), *rule.set_headers))
        for rule in rules
    )


def _other(headers: Headers, own: Headers) -> Headers:
    names = {name.lower() for name, _ in own}
    return tuple((name, value) for name, value in headers if name.lower() not in names)


def _text(form: re.Pattern[str], words: str) -> Read:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise InputError(f"{str(value)[:60]!r} is no {words}", f"give a {words}")
        return value

    return read


def _many(read: Read) -> Read:
    return lambda value: tuple(read(one) for one in (value if isinstance(value, list) else [value]))


def _value(kind: Kind, key: str) -> Read:
    def read(value: Any) -> Any:
        try:
            parsed = KINDS[kind].parse(str(value)) if not isinstance(value, (bool, list, dict)) else None
        except ValueError:
            parsed = None
        if parsed is None:
            raise InputError(f"{str(value)[:60]!r} is no {KINDS[kind].words}", "see docs/routes.md")
        if not LEAST[key] <= parsed <= MOST[key]:
            least, most = _bound(kind, LEAST[key]), _bound(kind, MOST[key])
            raise InputError(f"{str(value)[:60]!r} is too {_side(parsed, key)}", f"give one from {least} to {most}")
        return parsed

    return read


def _side(parsed: float, key: str) -> str:
    return "much" if parsed > MOST[key] else "little"


def _bound(kind: Kind, value: float) -> str:
    """A bound as one writes it."""
    return f"{value:g}{UNITS[kind]}" if value < 100_000 else f"{value:.0f}{UNITS[kind]}"


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{str(value)[:60]!r} is neither true nor false", "write it without quotes")
    return value


def _header(value: Any) -> tuple[str, str]:
    pair = parse_header(_text(_HEADER_VALUE, "header")(value))
    if not _METHOD.fullmatch(pair[0]) or not _HEADER_VALUE.fullmatch(pair[1]):
        raise InputError(f"{str(value)[:60]!r} is no header", "write it as `Name: value`")
    lower = pair[0].lower().replace("_", "-")
    if lower.startswith("hookscope-"):
        raise InputError(f"{pair[0]} is hookscope's own to say", "give the header another name")
    if lower in ("host", "content-length", "transfer-encoding", "connection"):
        remedy = "give it as host" if lower == "host" else "leave it out"
        raise InputError(f"{pair[0]} belongs to the connection", remedy)
    return pair


def _any_text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{str(value)[:60]!r} is no text", "put it in quotes")
    return value


# What a route may say, and how it is read.
KEYS: Mapping[str, Read] = {
    "name": _text(_NAME, "name of letters, digits, dot, dash and underscore"),
    "match": lambda value: parse_arrival(_any_text(value)),
    "handler": lambda value: parse_handler(str(value) if isinstance(value, int) else _any_text(value)),
    "answer": _flag,
    "strip-prefix": _text(_PATH, "path such as /stripe"),
    "path": _text(_PATH, "path such as /webhooks"),
    "host": _text(_HOST, "host such as shop.test"),
    "set-header": _many(_header),
    "timeout": _value("duration", "timeout"),
    "only-path": _text(_PATH, "path such as /webhooks"),
    "rate": _value("rate", "rate"),
    "concurrency": _value("whole", "concurrency"),
    "retry": _value("whole", "retry"),
    "only-method": _many(_text(_METHOD, "method such as POST")),
}
