"""Faults: what hookscope plays in an API's place, so that a handler meets it before production does.

notion: 429 after 3/s          from the fourth call within a second on
notion: 403 on POST /v1/comments
notion: slow 4s                each call waits, then goes on to the API
notion: 500 every 5            each fifth call
notion: hang-up on GET /v1/pages/*
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from hookscope_relay.delivery import Headers
from hookscope_relay.errors import InputError

_FORM = re.compile(
    r"(?P<api>[a-z][a-z0-9-]*)\s*:\s*(?:(?P<status>[45]\d\d)|slow\s+(?P<slow>\d+(?:\.\d+)?)\s*(?P<unit>ms|s)|(?P<gone>hang-up))"
    r"(?:\s+on\s+(?P<method>[A-Z]+|\*)(?:\s+(?P<path>/\S*))?)?"
    r"(?:\s+(?:after\s+(?P<after>\d+)(?P<rate>/s)?|every\s+(?P<every>\d+)|(?P<times>\d+)\s+times))?"
)
REMEDY = (
    "write it as `notion: 429 after 3/s`, `notion: 403 on POST /v1/comments`, `notion: 500 every 5`, `notion: slow "
    "4s` or `notion: hang-up`"
)
RETRY_AFTER_S = 1

# What each API says with a status; others say `{"error": …}`.
BODIES: dict[str, dict[int, dict[str, object]]] = {
    "notion": {
        400: {"object": "error", "status": 400, "code": "validation_error", "message": "body failed validation."},
        401: {"object": "error", "status": 401, "code": "unauthorized", "message": "API token is invalid."},
        403: {
            "object": "error",
            "status": 403,
            "code": "restricted_resource",
            "message": "Insufficient permissions for this endpoint.",
        },
        404: {
            "object": "error",
            "status": 404,
            "code": "object_not_found",
            "message": "Could not find the object. Make sure it is shared with your integration.",
        },
        409: {
            "object": "error",
            "status": 409,
            "code": "conflict_error",
            "message": "Conflict occurred while saving. Please try again.",
        },
        429: {
            "object": "error",
            "status": 429,
            "code": "rate_limited",
            "message": "You have been rate limited. Please try again in a few minutes.",
        },
        500: {
            "object": "error",
            "status": 500,
            "code": "internal_server_error",
            "message": "Unexpected error occurred.",
        },
        503: {
            "object": "error",
            "status": 503,
            "code": "service_unavailable",
            "message": "Notion is unavailable, please try again later.",
        },
    },
    "github": {
        401: {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"},
        403: {
            "message": "Resource not accessible by integration",
            "documentation_url": "https://docs.github.com/rest",
            "status": "403",
        },
        404: {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"},
        429: {
            "message": "API rate limit exceeded",
            "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
        },
    },
    "stripe": {
        401: {"error": {"message": "Invalid API Key provided", "type": "invalid_request_error"}},
        429: {
            "error": {"message": "Request rate limit exceeded.", "type": "invalid_request_error", "code": "rate_limit"}
        },
    },
    "slack": {429: {"ok": False, "error": "ratelimited"}},
}


@dataclass(slots=True)
class Fault:
    """One fault: which calls it meets, what it plays, and when. It counts the calls that it has met."""

    text: str
    api: str
    status: int = 0
    delay_s: float = 0.0
    hangs_up: bool = False
    method: str = "*"
    path: str = "*"
    after: int = 0
    rate: bool = False
    every: int = 1
    times: int = 0
    met: int = 0
    recent: deque[float] = field(default_factory=deque)

    def fits(self, api: str, method: str, target: str) -> bool:
        """Whether the call is one of those that it is for."""
        path = target.partition("?")[0]
        return api == self.api and self.method in ("*", method) and fnmatchcase(path, self.path)

    def strikes(self, at: float) -> bool:
        """Whether the call that it is asked about, at that time of a steady clock, is met."""
        self.met += 1
        if self.rate:
            while self.recent and at - self.recent[0] >= 1.0:
                self.recent.popleft()
            if len(self.recent) >= self.after:
                return True
            self.recent.append(at)
            return False
        if self.times:
            return self.met <= self.times
        return self.met > self.after and self.met % self.every == 0

    def answer(self, api: str) -> tuple[Headers, bytes]:
        """Headers and body of what is played, in the API's own words where they are known."""
        body = BODIES.get(api, {}).get(self.status, {"error": f"played by hookscope: {self.status}"})
        waits = (("Retry-After", str(RETRY_AFTER_S)),) if self.status in (429, 503) else ()
        return (("Content-Type", "application/json"), *waits, ("Hookscope-Fault", self.text)), json.dumps(body).encode()


class FaultPlan:
    """All faults of a session; the first that meets a call is played."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self._faults = faults

    def choose(self, api: str, method: str, target: str, at: float) -> Fault | None:
        """The fault that a call meets; None where it goes on to the API."""
        return next((one for one in self._faults if one.fits(api, method, target) and one.strikes(at)), None)


def parse_faults(texts: Iterable[str], apis: Iterable[str]) -> FaultPlan:
    """The faults that `--api-fault` names; `InputError` for what is none, or for an API that is not served."""
    return FaultPlan([_parse(text, tuple(apis)) for text in texts])


def _parse(text: str, apis: Sequence[str]) -> Fault:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError(f"--api-fault: {text[:100]!r} is no fault", REMEDY)
    if match["api"] not in apis:
        raise InputError(f"--api-fault: {match['api']!r} is not served", f"add --api {match['api']}")
    unit = 0.001 if match["unit"] == "ms" else 1.0
    return Fault(
        text=text.strip(),
        api=match["api"],
        status=int(match["status"] or 0),
        delay_s=float(match["slow"] or 0) * unit,
        hangs_up=bool(match["gone"]),
        method=match["method"] or "*",
        path=match["path"] or "*",
        after=int(match["after"] or 0),
        rate=bool(match["rate"]),
        every=max(1, int(match["every"] or 1)),
        times=int(match["times"] or 0),
    )
