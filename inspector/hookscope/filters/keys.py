"""The keys of the filter language, in one table: what each takes, what it means, what to offer, and how it becomes a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from hookscope.capture import FailureKind, Origin
from hookscope.filters.building import (
    STATES,
    body,
    choice,
    elapsed,
    finding,
    header,
    matches,
    path,
    state,
    status,
    when,
)
from hookscope.filters.condition import Condition
from hookscope.verdict import VerdictState


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: `takes` and `means` in words for help and errors, `values` to complete, `build` from a value to its condition."""

    name: str
    takes: str
    means: str
    example: str
    build: Callable[[str], Condition]
    values: tuple[str, ...] = ()


ORIGINS: tuple[str, ...] = get_args(Origin)
FAILURES: tuple[str, ...] = get_args(FailureKind)
VERDICTS: tuple[str, ...] = get_args(VerdictState)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
PROVIDERS = ("notion", "github", "stripe")

KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key(
            name="status",
            takes="404, 4xx, 400-499, >=500",
            means="the latest answer's status",
            example="status:4xx",
            build=status,
            values=("2xx", "3xx", "4xx", "5xx", ">=400"),
        ),
        Key(
            name="is",
            takes=", ".join(STATES),
            means="a state: " + "; ".join(f"{name}: {words}" for name, (words, _) in STATES.items()),
            example="is:failed",
            build=state,
            values=tuple(STATES),
        ),
        Key(
            name="provider",
            takes="a name",
            means="who sent it",
            example="provider:notion",
            build=matches("c.provider"),
            values=PROVIDERS,
        ),
        Key(
            name="type",
            takes="an event type",
            means="what the sender says happened",
            example="type:page.*",
            build=matches("c.event_type"),
        ),
        Key(
            name="path",
            takes="the beginning of a path, or a whole one with *",
            means="the path that was called",
            example="path:/hooks",
            build=path,
            values=("/",),
        ),
        Key(
            name="method",
            takes="a method",
            means="the HTTP method",
            example="method:POST",
            build=matches("c.method"),
            values=METHODS,
        ),
        Key(
            name="finding",
            takes="part of a rule's code or of a cause",
            means="a finding on any of its attempts",
            example="finding:redirect",
            build=finding,
        ),
        Key(
            name="body",
            takes="a text",
            means="a text in the first 16 KiB of the body",
            example='body:"page_id"',
            build=body,
        ),
        Key(
            name="header",
            takes="name or name=value",
            means="a header of the delivery",
            example="header:x-foo=bar",
            build=header,
            values=("content-type=", "user-agent="),
        ),
        Key(
            name="since",
            takes="10m, 2h, 3d, or a time",
            means="received then or later",
            example="since:10m",
            build=when(">="),
            values=("10m", "1h", "1d"),
        ),
        Key(
            name="until",
            takes="10m, 2h, 3d, or a time",
            means="received before then",
            example="until:1h",
            build=when("<"),
            values=("10m", "1h", "1d"),
        ),
        Key(
            name="elapsed",
            takes=">500ms, <2s",
            means="how long the handler took",
            example="elapsed:>1s",
            build=elapsed,
            values=(">100ms", ">1s"),
        ),
        Key(
            name="origin",
            takes=", ".join(ORIGINS),
            means="how it came to us",
            example="origin:live",
            build=choice("c.origin", ORIGINS),
            values=ORIGINS,
        ),
        Key(
            name="failure",
            takes=", ".join(FAILURES),
            means="why the latest attempt has no answer",
            example="failure:timeout",
            build=choice("c.failure", FAILURES),
            values=FAILURES,
        ),
        Key(
            name="verdict",
            takes=", ".join(VERDICTS),
            means="what verification said",
            example="verdict:rejected",
            build=choice("c.verdict", VERDICTS),
            values=VERDICTS,
        ),
        Key(
            name="event",
            takes="an event id",
            means="deliveries of one event",
            example="event:evt_1",
            build=matches("c.event_id"),
        ),
        Key(
            name="object",
            takes="an object's id",
            means="deliveries about one object",
            example="object:59833787",
            build=matches("c.object_id"),
        ),
    )
}
