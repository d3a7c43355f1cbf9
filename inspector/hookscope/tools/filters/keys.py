"""The keys of the filter language, in one table: what each takes, what it means, what to offer,
and how it becomes a condition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from hookscope.model.capture import FailureKind, Origin
from hookscope.model.verdict import VerdictState
from hookscope.tools.filters.build import (
    STATES,
    api,
    body,
    choice,
    elapsed,
    finding,
    header,
    matches,
    path,
    route,
    state,
    status,
    when,
)
from hookscope.tools.filters.condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterKey:
    """One key: `takes` and `means` in words for help and errors, `values` to complete,
    `build` from a value to its condition."""

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

KEYS: dict[str, FilterKey] = {
    key.name: key
    for key in (
        FilterKey(
            name="status",
            takes="404, 4xx, 400-499, >=500",
            means="the status that its sender got, or the last replay without a change",
            example="status:4xx",
            build=status,
            values=("2xx", "3xx", "4xx", "5xx", ">=400"),
        ),
        FilterKey(
            name="is",
            takes=", ".join(STATES),
            means="a state: " + "; ".join(f"{name}: {words}" for name, (words, _) in STATES.items()),
            example="is:failed",
            build=state,
            values=tuple(STATES),
        ),
        FilterKey(
            name="provider",
            takes="a name",
            means="who sent it",
            example="provider:notion",
            build=matches("c.provider"),
            values=PROVIDERS,
        ),
        FilterKey(
            name="type",
            takes="an event type",
            means="what the sender says happened",
            example="type:page.*",
            build=matches("c.event_type"),
        ),
        FilterKey(
            name="path",
            takes="the beginning of a path, or a whole one with *",
            means="the path that was called",
            example="path:/hooks",
            build=path,
            values=("/",),
        ),
        FilterKey(
            name="method",
            takes="a method",
            means="the HTTP method",
            example="method:POST",
            build=matches("c.method"),
            values=METHODS,
        ),
        FilterKey(
            name="route",
            takes="the name of a route",
            means="the route that it took, or that had a copy of it",
            example="route:stripe",
            build=route,
        ),
        FilterKey(
            name="finding",
            takes="part of a rule's code or of a cause",
            means="a finding on what its sender got, or on the last replay without a change",
            example="finding:redirect",
            build=finding,
        ),
        FilterKey(
            name="api",
            takes="a status, refused, an API, a cause, or part of a path",
            means="a call that the handler made to an API because of it",
            example="api:403",
            build=api,
            values=("refused", "4xx", "5xx", "notion", "github", "stripe"),
        ),
        FilterKey(
            name="body",
            takes="a text",
            means="a text in the first 16 KiB of the body",
            example='body:"page_id"',
            build=body,
        ),
        FilterKey(
            name="header",
            takes="name or name=value",
            means="a header of the delivery",
            example="header:x-foo=bar",
            build=header,
            values=("content-type=", "user-agent="),
        ),
        FilterKey(
            name="since",
            takes="10m, 2h, 3d, or a time",
            means="received then or later",
            example="since:10m",
            build=when(">="),
            values=("10m", "1h", "1d"),
        ),
        FilterKey(
            name="until",
            takes="10m, 2h, 3d, or a time",
            means="received before then",
            example="until:1h",
            build=when("<"),
            values=("10m", "1h", "1d"),
        ),
        FilterKey(
            name="elapsed",
            takes=">500ms, <2s",
            means="how long the handler took",
            example="elapsed:>1s",
            build=elapsed,
            values=(">100ms", ">1s"),
        ),
        FilterKey(
            name="origin",
            takes=", ".join(ORIGINS),
            means="how it came to us",
            example="origin:live",
            build=choice("c.origin", ORIGINS),
            values=ORIGINS,
        ),
        FilterKey(
            name="failure",
            takes=", ".join(FAILURES),
            means="why its sender got no answer, or the last replay without a change",
            example="failure:timeout",
            build=choice("c.failure", FAILURES),
            values=FAILURES,
        ),
        FilterKey(
            name="verdict",
            takes=", ".join(VERDICTS),
            means="what verification said",
            example="verdict:rejected",
            build=choice("c.verdict", VERDICTS),
            values=VERDICTS,
        ),
        FilterKey(
            name="event",
            takes="an event id",
            means="deliveries of one event",
            example="event:evt_1",
            build=matches("c.event_id"),
        ),
        FilterKey(
            name="object",
            takes="an object's id",
            means="deliveries about one object",
            example="object:59833787",
            build=matches("c.object_id"),
        ),
    )
}

# What became of a delivery, as against what came.
OUTCOME_KEYS = frozenset({"status", "is", "finding", "failure", "elapsed", "verdict"})
