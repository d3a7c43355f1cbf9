"""When to dial the relay again, and when never: decided from what the last connection ended with."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hookscope.model.errors import RelayRefused
from hookscope.tunnel.fronts import upgrade_remedy
from hookscope_relay.errors import HookscopeError
from hookscope_relay.made_answers import PROBLEM_TYPE, PROBLEMS
from hookscope_relay.wire import CLOSE_KEY_SUPERSEDED, CLOSE_REPLACED, CLOSE_RESTART, FATAL_CLOSE_CODES

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
RESTART_WITHIN_S = 5.0
FATAL_STATUSES = frozenset({400, 401, 403, 426})

REMEDIES = {
    "claim-clock": "set this machine's clock",
    "claim-origin": "dial the relay by its public URL (the relay's --public-url)",
    "claim-key": "use the key that made the endpoint (hookscope endpoint import)",
    "access-token": "give the relay's access token with --access-token-file or HOOKSCOPE_ACCESS_TOKEN",
    "key-superseded": "import the endpoint's newest key (hookscope endpoint import)",
    "version": "install the version of hookscope that matches the relay",
    "rate-limited": "wait a minute, then start it again",
    "relay-busy": "try again later, or use another relay",
    "store-unavailable": "try again later; its operator should look at its disk",
}
REMEDIES["host-not-served"] = REMEDIES["claim-origin"]
OTHER_REMEDY = "install the newest hookscope on both ends, and see the relay's log"

# Limits that an upgrade may meet, by the relay's option: what was met, and what to do.
LIMITS = {
    "upgrade-rate": ("Too many inspectors dial in from this address", "wait a minute, then start it again"),
    "new-endpoints": (
        "Too many endpoints were opened from this address within the hour",
        "use one that was opened before (--endpoint), or wait an hour",
    ),
    "max-endpoints": ("It has as many endpoints as it takes", "use another relay, or ask its operator for more"),
    "max-sessions": (
        "The endpoint has as many inspectors as the relay allows",
        "end one of them, or listen on another endpoint",
    ),
}

CLOSE_REASONS = {
    CLOSE_RESTART: "the relay restarts",
    4000: "the relay refused one of our frames",
    CLOSE_KEY_SUPERSEDED: "the endpoint's key was rotated",
    CLOSE_REPLACED: "another connection took this session over",
    4003: "this connection was too slow for the relay",
    4004: "the relay's limit for this connection was reached",
}
CLOSE_REMEDIES = {
    CLOSE_KEY_SUPERSEDED: "import the endpoint's newest key (hookscope endpoint import)",
    CLOSE_REPLACED: "end one of the two",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An upgrade that was answered with something else than 101.

    `problem` is empty where the answer is not a relay's of ours.

    `limit` is the relay's option whose limit was met, where one was; `missing` the header that did not reach it.
    `marks` are what the answer says of the servers that it came through.
    """

    status: int
    problem: str = ""
    relay_time: int | None = None
    limit: str = ""
    missing: str = ""
    marks: str = ""

    @property
    def is_fatal(self) -> bool:
        """Whether trying again could not help."""
        return self.status in FATAL_STATUSES

    def error(self, relay: str) -> HookscopeError:
        """The refusal as an error that a person can act on."""
        if not self.problem:
            return RelayRefused(
                f"{relay} answered {self.status} and is not a hookscope relay",
                "check --relay, and what runs at that address",
            )
        if self.missing == "upgrade":
            return RelayRefused(
                f"a hookscope relay answers at {relay}, but the proxy in front of it does not pass WebSocket"
                " upgrades on",
                upgrade_remedy(self.marks),
            )
        if self.limit in LIMITS:
            met, remedy = LIMITS[self.limit]
            return RelayRefused(f"the relay {relay} refused this session: {met} (its --{self.limit})", remedy)
        title = PROBLEMS[self.problem].title if self.problem in PROBLEMS else f"refused with {self.problem}"
        return RelayRefused(
            f"the relay {relay} refused this session: {title.rstrip('.')}", REMEDIES.get(self.problem, OTHER_REMEDY)
        )


def read_refusal(status: int, body: bytes, marks: str = "") -> Refusal:
    """What an answer to an upgrade says, and its `Server` and `Via`; a body that is no problem of ours leaves `problem`
    empty."""
    try:
        members = json.loads(body)
        kind, at = members["type"], members.get("time")
        limit, missing = members.get("limit"), members.get("missing")
    except (ValueError, KeyError, TypeError, RecursionError):
        return Refusal(status)
    if not isinstance(kind, str) or not kind.startswith(PROBLEM_TYPE):
        return Refusal(status)
    return Refusal(
        status,
        kind.removeprefix(PROBLEM_TYPE),
        at if isinstance(at, int) else None,
        limit if isinstance(limit, str) else "",
        missing if isinstance(missing, str) else "",
        marks,
    )


def delay_before(attempt: int, randomness: float, close_code: int | None = None) -> float:
    """Seconds to wait before the given attempt (1 is the first after a loss); `randomness` is between 0 and 1.

    Doubled up to a cap and spread over half of it; a relay that restarts is dialled within five seconds.
    """
    if close_code == CLOSE_RESTART and attempt == 1:
        return RESTART_WITHIN_S * randomness
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt - 1, 10))
    return longest * (0.5 + randomness / 2)


def is_fatal_close(code: int | None) -> bool:
    """Whether a close code says that coming back is of no use."""
    return code in FATAL_CLOSE_CODES


def close_reason(code: int | None) -> str:
    """A close code in words."""
    return CLOSE_REASONS.get(code or 0, "the connection broke")


def close_remedy(code: int | None) -> str:
    """What to do about a fatal close code."""
    return CLOSE_REMEDIES.get(code or 0, OTHER_REMEDY)
