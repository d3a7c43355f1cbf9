"""What an API's answer says: its codes, its words, and the refusal that these are, by the tables of `refusals.toml`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from hookscope_relay.delivery import Answer, Headers, header

READ_BYTES = 64 * 1024
DEPTH = 8

# The cause of a status that no row knows.
BY_STATUS: Mapping[int, str] = {
    400: "validation-error",
    401: "token-stale",
    402: "payment-required",
    403: "capability-missing",
    404: "entity-not-found",
    405: "method-not-allowed",
    409: "conflict",
    410: "entity-not-found",
    413: "body-too-large",
    415: "bad-json",
    422: "validation-error",
    423: "conflict",
    429: "rate-limited",
}
# Keys whose value is a code, an error's type or name, in lower case without separators.
CODE_KEYS = frozenset(
    {"code", "error", "errorcode", "type", "errortype", "name", "reason", "title", "category", "status", "ecode", "err"}
    | {"errorcategory", "declinecode", "subcategory", "usercode", "errorname"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """One refusal: what must be there (empty asks nothing), the cause, and the words that are its own."""

    cause: str
    status: tuple[int, ...] = ()
    code: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    more: str = ""
    fix: str = ""

    def fits(self, said: Said) -> bool:
        """Whether the answer is this refusal."""
        return (
            (not self.status or said.status in self.status)
            and (not self.code or not said.codes.isdisjoint(self.code))
            and (not self.says or any(text in said.words for text in self.says))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTable:
    """How one API refuses. `marks` are texts that no other's answer has."""

    api: str
    title: str
    hosts: tuple[str, ...]
    marks: tuple[str, ...]
    source: str
    rows: tuple[RefusalRow, ...]

    def owns(self, host: str) -> bool:
        """Whether a host is the API's, or below one of its."""
        return any(host == own or host.endswith("." + own) for own in self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as it is compared with rows: codes as they are, words in lower case."""

    status: int
    codes: frozenset[str] = frozenset()
    words: str = ""
    message: str = ""
    data: Any = field(default=None, repr=False)  # whatever JSON says

    @property
    def is_refusal(self) -> bool:
        """Whether it refuses: by its status, or with 200 by its words (`ok: false`, the errors of GraphQL)."""
        if self.status >= 400:
            return True
        if not isinstance(self.data, dict):
            return False
        return self.data.get("ok") is False or bool(
            isinstance(self.data.get("errors"), list) and self.data["errors"] and not self.data.get("data")
        )


@cache
def refusal_tables() -> Mapping[str, RefusalTable]:
    """How each API refuses, by its name."""
    text = (resources.files("hookscope.api") / "refusals.toml").read_text("utf-8")
    return {name: _table(name, table) for name, table in tomllib.loads(text).items()}


def _table(name: str, table: Mapping[str, Any]) -> RefusalTable:
    rows = tuple(msgspec.convert(row, RefusalRow) for row in table["rows"])
    return RefusalTable(
        api=name,
        title=table["title"],
        hosts=tuple(table["hosts"]),
        marks=tuple(mark.lower() for mark in table["marks"]),
        source=table["source"],
        rows=rows,
    )


def table_of(api: str, host: str) -> RefusalTable | None:
    """The table of an API: by the host that was asked, else by its name."""
    found = next((table for table in refusal_tables().values() if table.owns(host)), None)
    return found or refusal_tables().get(api)


def read_answer(answer: Answer) -> Said:
    """What an answer says."""
    text = answer.body[:READ_BYTES].decode("utf-8", "replace")
    return read_words(answer.status, text)


def read_words(status: int, text: str) -> Said:
    """What a text says that came with a status."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return Said(status=status, words=text.lower(), message=_first_line(text))
    codes: dict[str, None] = {}
    words: list[str] = []
    for key, value in _scalars(data):
        if isinstance(value, str):
            words.append(value)
        is_code = key in CODE_KEYS and not (key == "status" and not isinstance(value, str))
        if is_code and value is not None and not isinstance(value, bool):
            codes[str(value)] = None
    return Said(
        status=status, codes=frozenset(codes), words="\n".join(words).lower(), message=_message(data), data=data
    )


def _scalars(data: object, key: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    if depth > DEPTH:
        return
    if isinstance(data, dict):
        for name, value in data.items():
            yield from _scalars(value, name.lower().replace("_", "").replace("-", ""), depth + 1)
    elif isinstance(data, list):
        for value in data[:50]:
            yield from _scalars(value, key, depth + 1)
    else:
        yield key, data


def _message(data: object) -> str:
    """The sentence in which the answer says what is wrong."""
    wanted = ("message", "errormessage", "detail", "description", "errordescription", "msg", "error", "errors", "title")
    found = {key: value for key, value in reversed(list(_scalars(data))) if isinstance(value, str) and value}
    return next((found[key] for key in wanted if key in found), "")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("<")), "")


def is_page(headers: Headers, body: bytes) -> bool:
    """Whether an answer is a web page."""
    return "html" in (header(headers, "Content-Type") or "").lower() or body[:200].lstrip().lower().startswith(
        (b"<!doctype html", b"<html")
    )


def row_of(said: Said, table: RefusalTable | None) -> RefusalRow:
    """The row of the table that a refusal is; else what its status alone says."""
    for row in table.rows if table else ():
        if row.fits(said):
            return row
    return RefusalRow(cause="app-dependency-down" if said.status >= 500 else BY_STATUS.get(said.status, "api-refused"))
