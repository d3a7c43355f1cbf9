"""Whose a token is, and what there is to ask of an API before anything fails: calls that read only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.api.directory import Api
from hookscope.model.call import Call
from hookscope_relay.delivery import Headers

# Calls of a check are made no faster than so many a second, and never faster than half of what the API allows.
PACE = 2.0

# What a stranger's delivery may put into a path.
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")
_KIND = re.compile(r"page|database|data_source|block|comment")


def find_token(api: Api, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The variable that holds the API's token, and the token; None where none of those that are usual is set."""
    names = (*api.secrets, f"HOOKSCOPE_API_{api.name.upper().replace('-', '_')}_TOKEN")
    return next(((name, environ[name]) for name in names if environ.get(name)), None)


def headers_for(api: Api, token: str, version: str = "") -> Headers:
    """The headers of a call with a token."""
    bare = "" in api.schemes
    given = (("Authorization", token if bare else f"{'token' if api.schemes[0] == 'token' else 'Bearer'} {token}"),)
    chosen = version or api.current
    versions = ((api.version, chosen),) if api.version and chosen else ()
    return (
        *given,
        *versions,
        ("Accept", "application/json"),
        ("User-Agent", "hookscope"),
        ("Content-Type", "application/json"),
    )


def pause_of(api: Api) -> float:
    """The seconds between two calls of a check."""
    return 1.0 / min(PACE, api.limit / 2 if api.limit else PACE)


def owner_of(api: Api, call: Call) -> dict[str, str]:
    """Whose the token of an accepted call to `who` is, by the fields that say so."""
    try:
        data = json.loads(call.answer.body if call.answer else b"")
    except ValueError:
        return {}
    return {
        path.rpartition(".")[2]: str(value)
        for path in api.whose
        if (value := _at(data, path.split("."))) not in (None, "")
    }


def path_of_object(api: Api, body: bytes, name: str) -> str:
    """The path of the object that a delivery names as `entity`, or else a page; empty where there is none that may be
    one."""
    try:
        entity = json.loads(body).get("entity", {})
        kind = entity.get("type", "page")
    except (ValueError, AttributeError):
        kind = "page"
    is_known = api.object and _NAME.fullmatch(name) and isinstance(kind, str) and _KIND.fullmatch(kind)
    return api.object.format(type=kind, id=name) if is_known else ""


def lacks(calls: Sequence[Call]) -> tuple[str, ...]:
    """What the handler's own refused calls lacked, each as `permission (method path)`, once."""
    found: dict[str, None] = {}
    for call in calls:
        explained = call.explained
        if explained is not None and explained.cause == "capability-missing":
            found[f"{explained.hint} ({call.method} {call.path})"] = None
    return tuple(found)


def _at(data: Any, path: Sequence[str]) -> Any:  # Any: what JSON holds
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data
