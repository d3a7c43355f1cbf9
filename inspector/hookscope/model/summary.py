"""A summary: one capture as one row of a list, with the attempt that counts and its first finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookscope.text.timestamp import render_time

# The cause that the rules name for it.
EXPIRED = "slow-acknowledgement"
OUTCOME_WORDS = {"live": "live", "backlog": "handed over later", "replay": "replayed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An attempt that stands beside the one that counts: its number and outcome, where it went,
    and whether it proved something.

    `path` is empty where it went to the path of the one that counts.
    """

    attempt: int
    origin: str
    status: int | None = None
    failure: str = ""
    path: str = ""
    proved: bool = False

    @property
    def words(self) -> str:
        """`200 at /webhooks/notion, proved`."""
        how = f" at {self.path}" if self.path else " live" if self.origin == "live" else " with a change"
        said = str(self.status) if self.status is not None else self.failure or "no known outcome"
        return f"{said}{how}{', proved' if self.proved else ''}"

    def to_mapping(self) -> dict[str, Any]:
        """As plain JSON values."""
        outcome = {"failure": self.failure} if self.failure else {"status": self.status}
        return {"attempt": self.attempt, "origin": self.origin, **outcome, "path": self.path, "proved": self.proved}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of a capture.

    `status` or `failure` is that of the attempt that counts: the live one, or the last replay without a change; both
    are empty where there is none. `live` is the live one where a replay counts, `tried` the experiment made since.
    `api` is what the first refused call of the handler to an API got (a status, a failure, or a cause), `api_title`
    what is wrong with it. `route` is the one that the attempt that counts took; `held` says that it, or a copy, waits
    for its turn at a handler, `copies_failed` which copies were not accepted (`audit 500, search refused`).
    """

    number: int
    id: str
    received_at: float
    method: str
    target: str
    origin: str = "live"
    provider: str = ""
    event_type: str = ""
    bytes: int = 0
    owed: bool = False
    attempts: int = 0
    status: int | None = None
    failure: str = ""
    elapsed_ms: float | None = None
    answered_by: str = ""
    verdict: str = ""
    cause: str = ""
    severity: str = ""
    title: str = ""
    marked: bool = False
    outcome_attempt: int = 0
    outcome_origin: str = ""
    live: Beside | None = None
    tried: Beside | None = None
    api: str = ""
    api_title: str = ""
    route: str = ""
    held: bool = False
    copies_failed: str = ""

    @property
    def is_expired(self) -> bool:
        """Whether its sender was told that nobody answered, before it was handed over."""
        return self.status is None and not self.failure and self.cause == EXPIRED

    @property
    def is_passed_on(self) -> bool:
        """Whether the handler answered as an API answered its call: what explains the call explains the delivery."""
        return bool(self.api_title) and self.api == str(self.status)

    @property
    def headline(self) -> str:
        """What is wrong in a clause: with the call that the handler passed on, else with the delivery, else with a
        call."""
        return self.api_title if self.is_passed_on else self.title or self.api_title

    @property
    def beside(self) -> str:
        """What else it was answered: `404 live; 200 at /webhooks/notion, proved`;
        empty where nothing stands beside the outcome."""
        others = [one.words for one in (self.live, self.tried) if one is not None and not self._says_the_same(one)]
        if self.copies_failed:
            others.append(f"copy: {self.copies_failed}")
        if not others:
            return ""
        counted = str(self.status) if self.status is not None else self.failure
        own = f"{counted} {OUTCOME_WORDS.get(self.outcome_origin, '')}".rstrip() if counted else ""
        return "; ".join(filter(None, (own, *others)))

    def _says_the_same(self, one: Beside) -> bool:
        """Whether an experiment came out as the outcome did: then there is nothing to tell."""
        return not one.proved and (one.status, one.failure) == (self.status, self.failure)

    def to_mapping(self) -> dict[str, Any]:
        """The row of `hookscope list --json`, keys in the contract's order."""
        return {
            "number": self.number,
            "id": self.id,
            "received_at": render_time(self.received_at),
            "method": self.method,
            "target": self.target,
            "provider": self.provider,
            "event_type": self.event_type,
            **({"failure": self.failure} if self.failure else {"status": self.status}),
            "cause": self.cause,
            **({"route": self.route} if self.route else {}),
            **({"held": True} if self.held else {}),
            **({"copies_failed": self.copies_failed} if self.copies_failed else {}),
            **({"api": self.api, "api_title": self.api_title} if self.api else {}),
            **{name: one.to_mapping() for name, one in (("live", self.live), ("tried", self.tried)) if one is not None},
        }
