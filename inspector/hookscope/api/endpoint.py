"""What an endpoint of an API needs: a permission, and a version; from `endpoints.toml` and from what the API itself
says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

from hookscope.api.answer import Said
from hookscope.model.call import Call
from hookscope_relay.delivery import header

# Where an API itself says which permission it misses: a header, a key of its JSON, or its words.
HEADERS = ("X-Accepted-GitHub-Permissions", "X-Accepted-OAuth-Scopes")
KEYS = ("needed", "requiredGranularScopes", "requiredScopes", "required_scopes", "required_permission", "missingScopes")
_WORDS = re.compile(
    r"(?:approval for|requires?|missing|needs?|lacks?|having)\W+(?:the\s|one of\s|of\s|scopes?\W+|permissions?\W+|following\W+|at least\W+|an?\s)*"
    r"['\"`]?((?:[a-z]+_[a-z_]+|[a-z]+(?:[.:][a-z_.]+)+|rak_[a-z_]+))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row: `since` and `until` (exclusive) are versions, `instead` what newer ones have in its place."""

    api: str
    method: str
    path: str
    needs: str = ""
    since: str = ""
    until: str = ""
    instead: str = ""


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """The rows, in the order in which they are tried."""
    rows = tomllib.loads((resources.files("hookscope.api") / "endpoints.toml").read_text("utf-8"))["endpoint"]
    return tuple(Endpoint(**row) for row in rows)


def endpoint_of(api: str, method: str, path: str) -> Endpoint | None:
    """The row for a call; None where none is known."""
    return next(
        (row for row in endpoints() if row.api == api and row.method in ("*", method) and fnmatchcase(path, row.path)),
        None,
    )


def needed(call: Call, said: Said) -> str:
    """The permission that a refused call needs: as the answer names it, else as the endpoint's row does; empty where
    nobody says."""
    headers = call.answer.headers if call.answer else ()
    if told := next((value for name in HEADERS if (value := header(headers, name))), ""):
        return told[:120]
    if isinstance(said.data, dict):
        for found in _values(said.data):
            return found[:120]
    if match := _WORDS.search(said.message):
        return match[1]
    row = endpoint_of(call.api, call.method, call.path)
    return row.needs if row else ""


def _values(data: object, depth: int = 0) -> list[str]:
    """What stands under one of the keys, anywhere."""
    if depth > 6:
        return []
    if isinstance(data, list):
        return [one for value in data for one in _values(value, depth + 1)]
    if not isinstance(data, dict):
        return []
    found = [value for key in KEYS if (value := data.get(key))]
    texts = [
        value if isinstance(value, str) else ", ".join(map(str, value))
        for value in found
        if isinstance(value, str | list)
    ]
    return texts + [one for value in data.values() for one in _values(value, depth + 1)]
