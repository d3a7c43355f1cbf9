"""The differences between a request that passed and one that failed, and requests that have some of them.

What is made anew for each sending is left out: Host, framing, what a relay adds, and the signature where it is signed
again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Protocol

from hookscope.tools.bisect.fields import Fields
from hookscope.tools.bisect.json_bodies import read_json_bodies
from hookscope.tools.diff.deliveries import compare_bytes, compare_headers, numbered_headers
from hookscope.tools.diff.difference import ABSENT, Difference, named, paired
from hookscope_relay.delivery import HOP_BY_HOP, Delivery, Headers, header

NOT_COMPARED = HOP_BY_HOP | {"host", "content-length", "expect", "forwarded", "hookscope-verdict"}
NOT_COMPARED_BEGIN = ("x-forwarded-", "hookscope-")
ENCODING = "content-encoding"


class Bodies(Protocol):
    """Two bodies that can be mixed."""

    differences: tuple[Difference, ...]

    def compose(self, chosen: Collection[Difference]) -> bytes: ...


class Requests:
    """Two deliveries. `ignored` are lower-case names of headers that are made anew; `differences` is what is left."""

    def __init__(self, good: Delivery, bad: Delivery, ignored: Collection[str] = ()) -> None:
        self._good = good
        self._bad = bad
        self._ignored = frozenset(ignored)
        self._query = Fields("query", good.query, bad.query)
        self._bodies = _bodies(good, bad)
        self._coupled = good.body != bad.body and (_is_packed(good) or _is_packed(bad))
        headers = tuple(compare_headers(good.headers, bad.headers))
        # A body that is packed and what says so go together.
        self._encoding = [one for one in headers if one.place.partition("#")[0] == f"headers.{ENCODING}"]
        self.differences: tuple[Difference, ...] = (
            *self._lines(),
            *self._query.differences,
            *(one for one in headers if self._is_compared(one)),
            *self._bodies.differences,
        )

    def compose(self, chosen: Collection[Difference]) -> Delivery:
        """The good delivery with the chosen differences taken over from the bad one."""
        taken = {(difference.place, difference.kind) for difference in chosen}
        path = (self._bad if ("path", "changed") in taken else self._good).path
        query = self._query.compose(chosen)
        has_mark = "?" in (self._bad if query == self._bad.query else self._good).target or query
        body = self._bodies.compose(chosen)
        if self._coupled and body == self._bad.body:
            taken |= {(one.place, one.kind) for one in self._encoding}
        return replace(
            self._good,
            method=(self._bad if ("method", "changed") in taken else self._good).method,
            target=path + ("?" + query if has_mark else ""),
            headers=_with_length(tuple(_mixed(self._good.headers, self._bad.headers, taken)), len(body)),
            body=body,
        )

    def _lines(self) -> Iterator[Difference]:
        for place, good, bad in (
            ("method", self._good.method, self._bad.method),
            ("path", self._good.path, self._bad.path),
        ):
            if good != bad:
                yield Difference(place, "changed", good, bad)

    def _is_compared(self, difference: Difference) -> bool:
        name = difference.place.partition("#")[0].removeprefix("headers.")
        if difference.kind == "order" or name in self._ignored or name in NOT_COMPARED:
            return False
        return not name.startswith(NOT_COMPARED_BEGIN) and not (self._coupled and name == ENCODING)


class _Whole:
    """Two bodies that are taken as they are or not at all."""

    def __init__(self, good: bytes, bad: bytes) -> None:
        self._bodies = (good, bad)
        self.differences: tuple[Difference, ...] = () if good == bad else (compare_bytes(good, bad),)

    def compose(self, chosen: Collection[Difference]) -> bytes:
        return self._bodies[1 if any(difference in chosen for difference in self.differences) else 0]


class _Forms:
    """Two urlencoded bodies."""

    def __init__(self, good: bytes, bad: bytes) -> None:
        self._fields = Fields("form", good.decode("latin-1"), bad.decode("latin-1"))
        self.differences: tuple[Difference, ...] = self._fields.differences

    def compose(self, chosen: Collection[Difference]) -> bytes:
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


def _mixed(good: Headers, bad: Headers, taken: Collection[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The good headers with what is taken over from the bad ones; those that are new come last."""
    for (name, count), one, other in paired(numbered_headers(good), numbered_headers(bad)):
        place = named(f"headers.{name}", count)
        if other is ABSENT:
            if (place, "removed") not in taken:
                yield one
        elif one is ABSENT:
            if (place, "added") in taken:
                yield other
        else:
            yield (other if (place, "case") in taken else one)[0], (other if (place, "changed") in taken else one)[1]


def _with_length(headers: Headers, length: int) -> Headers:
    return tuple((name, str(length) if name.lower() == "content-length" else value) for name, value in headers)
