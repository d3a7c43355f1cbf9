"""The form in which a test wants a delivery sent: edited, tampered with, stale, unsigned.

A value; every change makes another.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hookscope.model.edits import Edits, edit
from hookscope_relay.delivery import Delivery, Headers
from hookscope_relay.errors import InputError

HeaderEdits: TypeAlias = Mapping[str, str | None] | Iterable[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """A delivery and what is to become of it when it is sent.

    `by_hand` are the headers that the test itself set (or took away, with None): they stay so, whatever is signed.
    `age_s` is how old the signature is to be, None for a fresh one. `path` (with its query) and `url` take the place of
    the recorded ones.
    """

    delivery: Delivery
    resign: bool = True
    path: str | None = None
    url: str = ""
    by_hand: tuple[tuple[str, str | None], ...] = ()
    is_unsigned: bool = False
    is_tampered: bool = False
    is_stale: bool = False
    age_s: float | None = None
    copy: int = 1

    @property
    def words(self) -> str:
        """What was made of the recorded delivery, in words; empty for nothing."""
        said = ("unsigned", self.is_unsigned), ("tampered with", self.is_tampered), ("stale", self.is_stale)
        return ", ".join([word for word, holds in said if holds] + (["sent again"] if self.copy > 1 else []))


def edited(
    form: RequestForm,
    values: Mapping[str, Any] | None,
    headers: HeaderEdits | None,
    body: bytes | str | None,
    method: str | None,
    path: str | None,
) -> RequestForm:
    """The form with edits: `values` are what stands at JSON Pointers, a header of None is taken away.

    `InputError` as of `edit`.
    """
    by_hand = _pairs(headers)
    if path is not None and not path.startswith("/"):
        raise InputError(f"the path {path[:60]!r} does not begin with /", "write it as /hooks/notion?x=1")
    edits = Edits(
        method=method or "",
        set_headers=tuple((name, value) for name, value in by_hand if value is not None),
        drop_headers=tuple(name for name, value in by_hand if value is None),
        body=body.encode("utf-8") if isinstance(body, str) else body,
        values=tuple((pointer, json.dumps(value, ensure_ascii=False)) for pointer, value in (values or {}).items()),
    )
    names = {name.lower() for name, _ in by_hand}
    kept = tuple(pair for pair in form.by_hand if pair[0].lower() not in names)
    return replace(
        form,
        delivery=edit(form.delivery, edits),
        by_hand=(*kept, *by_hand),
        path=form.path if path is None else path,
        copy=1,
    )


def with_headers(headers: Headers, by_hand: Iterable[tuple[str, str | None]]) -> Headers:
    """The headers with those set by hand: the first of a name keeps its place,
    a name given several times stays repeated."""
    chosen: dict[str, list[tuple[str, str]]] = {}
    for name, value in by_hand:
        chosen.setdefault(name.lower(), []).extend([(name, value)] if value is not None else [])
    result: list[tuple[str, str]] = []
    placed: set[str] = set()
    for name, value in headers:
        lower = name.lower()
        if lower not in chosen:
            result.append((name, value))
        elif lower not in placed:
            placed.add(lower)
            result += [(name, new) for _, new in chosen[lower]]
    result += [pair for lower, pairs in chosen.items() if lower not in placed for pair in pairs]
    return tuple(result)


def _pairs(headers: HeaderEdits | None) -> tuple[tuple[str, str | None], ...]:
    if headers is None:
        return ()
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((name, None if value is None else _as_latin_1(value)) for name, value in pairs)


def _as_latin_1(value: str) -> str:
    """Text beyond latin-1 as its UTF-8 bytes, which is how headers carry it."""
    return value if max(value, default="") <= "\xff" else value.encode("utf-8", "surrogateescape").decode("latin-1")
