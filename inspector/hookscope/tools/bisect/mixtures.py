"""The differences between a request that passed and one that failed, and requests that have some of them.

What is made anew for each sending is left out: Host, framing, what a relay adds, and the signature where it is signed
again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol

from hookscope.payload.hexdump import hex_lines
from hookscope.tools.bisect.change import RequestDifference
from hookscope.tools.bisect.fields import Fields
from hookscope.tools.bisect.json_bodies import read_json_bodies
from hookscope_relay.delivery import HOP_BY_HOP, Delivery, Headers, header

NOT_COMPARED = HOP_BY_HOP | {"host", "content-length", "expect", "forwarded", "hookscope-verdict"}
NOT_COMPARED_BEGIN = ("x-forwarded-", "hookscope-")
ENCODING = "content-encoding"


class Bodies(Protocol):
    """Two bodies that can be mixed."""

    differences: tuple[RequestDifference, ...]

    def compose(self, chosen: Collection[RequestDifference]) -> bytes: ...


class Requests:
    """Two deliveries. `ignored` are lower-case names of headers that are made anew; `differences` is what is left."""

    def __init__(self, good: Delivery, bad: Delivery, ignored: Collection[str] = ()) -> None:
        self._good = good
        self._bad = bad
        self._ignored = frozenset(ignored)
        self._query = Fields("query", good.query, bad.query)
        self._bodies = _bodies(good, bad)
        self._coupled = _is_packed(good) or _is_packed(bad)
        self.differences: tuple[RequestDifference, ...] = (
            *self._lines(),
            *self._query.differences,
            *self._headers(),
            *self._bodies.differences,
        )

    def compose(self, chosen: Collection[RequestDifference]) -> Delivery:
        """The good delivery with the chosen differences taken over from the bad one."""
        kinds = {difference.kind for difference in chosen}
        path = (self._bad if "path" in kinds else self._good).path
        query = self._query.compose(chosen)
        has_mark = "?" in (self._bad if query == self._bad.query else self._good).target or query
        body = self._bodies.compose(chosen)
        names = {difference.place.lower() for difference in chosen if difference.kind == "header"}
        if self._coupled and "body" in kinds:
            names.add(ENCODING)
        headers = _mixed(self._good.headers, self._bad.headers, names)
        return replace(
            self._good,
            method=(self._bad if "method" in kinds else self._good).method,
            target=path + ("?" + query if has_mark else ""),
            headers=_with_length(headers, len(body)),
            body=body,
        )

    def _lines(self) -> Sequence[RequestDifference]:
        pairs = (("method", self._good.method, self._bad.method), ("path", self._good.path, self._bad.path))
        return [RequestDifference(kind, "", good, bad) for kind, good, bad in pairs if good != bad]  # type: ignore[arg-type]  # the pairs' kinds

    def _headers(self) -> Sequence[RequestDifference]:
        found = []
        for name in dict.fromkeys(key.lower() for key, _ in (*self._good.headers, *self._bad.headers)):
            good, bad = _pairs(self._good.headers, name), _pairs(self._bad.headers, name)
            if self._is_compared(name) and good != bad:
                spelt = (bad or good)[0][0]
                found.append(RequestDifference("header", spelt, _joined(good, bad), _joined(bad, good)))
        return found

    def _is_compared(self, name: str) -> bool:
        if name in self._ignored or name in NOT_COMPARED or name.startswith(NOT_COMPARED_BEGIN):
            return False
        return not (name == ENCODING and self._coupled)


class _Whole:
    """Two bodies that are taken as they are or not at all."""

    def __init__(self, good: bytes, bad: bytes) -> None:
        self._bodies = (good, bad)
        changed = RequestDifference("body", "", _summary(good, bad), _summary(bad, good))
        self.differences: tuple[RequestDifference, ...] = () if good == bad else (changed,)

    def compose(self, chosen: Collection[RequestDifference]) -> bytes:
        return self._bodies[1 if any(difference in chosen for difference in self.differences) else 0]


class _Forms:
    """Two urlencoded bodies."""

    def __init__(self, good: bytes, bad: bytes) -> None:
        self._fields = Fields("field", good.decode("latin-1"), bad.decode("latin-1"))
        self.differences: tuple[RequestDifference, ...] = self._fields.differences

    def compose(self, chosen: Collection[RequestDifference]) -> bytes:
        return self._fields.compose(chosen).encode("latin-1")


def _bodies(good: Delivery, bad: Delivery) -> Bodies:
    if good.body == bad.body or _is_packed(good) or _is_packed(bad):
        return _Whole(good.body, bad.body)
    if (both := read_json_bodies(good.body, bad.body)) is not None:
        return both
    is_form = all("urlencoded" in (header(side.headers, "content-type") or "").lower() for side in (good, bad))
    return _Forms(good.body, bad.body) if is_form else _Whole(good.body, bad.body)


def _is_packed(delivery: Delivery) -> bool:
    return (header(delivery.headers, ENCODING) or "identity").strip().lower() != "identity"


def _pairs(headers: Headers, name: str) -> Headers:
    return tuple(pair for pair in headers if pair[0].lower() == name)


def _joined(pairs: Headers, other: Headers) -> str | None:
    """The values as one text; with the name's spelling where that is the difference."""
    if not pairs:
        return None
    if [value for _, value in pairs] == [value for _, value in other]:
        return ", ".join(f"{name}: {value}" for name, value in pairs)
    return ", ".join(value for _, value in pairs)


def _mixed(good: Headers, bad: Headers, names: Collection[str]) -> Headers:
    """The good headers with those of the given lower-case names as in the bad ones, in the place of the first."""
    mixed: list[tuple[str, str]] = []
    done: set[str] = set()
    for name, value in good:
        lower = name.lower()
        if lower not in names:
            mixed.append((name, value))
        elif lower not in done:
            done.add(lower)
            mixed += _pairs(bad, lower)
    for name in dict.fromkeys(key.lower() for key, _ in bad):
        if name in names and name not in done:
            mixed += _pairs(bad, name)
    return tuple(mixed)


def _with_length(headers: Headers, length: int) -> Headers:
    return tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in headers)


def _summary(body: bytes, other: bytes) -> str:
    """The body from a little before the first byte that differs."""
    at = next(
        (at for at, (one, two) in enumerate(zip(body, other, strict=False)) if one != two), min(len(body), len(other))
    )
    shown = body[max(0, at - 10) : at + 30]
    try:
        text = shown.decode("utf-8")
    except UnicodeDecodeError:
        text = next(iter(hex_lines(shown[:16], 0, 1)), "").strip()
    return f"{len(body)} bytes, {text!r} at {at}" if body else "nothing"
