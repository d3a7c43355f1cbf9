"""A capture: a delivery, and the attempts at handing it to a handler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.model.stream_note import StreamNote
from hookscope_relay.delivery import Answer, Delivery, Headers
from hookscope_relay.value import Value

Origin: TypeAlias = Literal["live", "backlog", "replay", "fixture", "sample", "check", "probe"]
FailureKind: TypeAlias = Literal[
    "refused", "timeout", "dns", "tls", "reset", "closed", "bad-response", "too-large", "cut-off"
]


class SentRequest(Value, frozen=True, kw_only=True):
    """What an attempt really sent, where it differs from the delivery by more than Host and our own headers.

    `trailers` are what goes behind a body in chunks.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    trailers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt has no answer."""

    kind: FailureKind
    detail: str = ""


# An attempt that was in hand when the session ended: nobody's fault but ours.
STOPPED = Failure(kind="closed", detail="hookscope was stopped before the handler had answered")


class Attempt(Value, frozen=True, kw_only=True):
    """One try at handing a delivery to a handler; exactly one of `answer` and `failure` is there once it ended.

    Both are None while it runs, or for ever if the process died meanwhile: its outcome is then unknown. A copy was
    handed over beside what answered the sender: the sender got nothing of it. `route` is the route that chose the
    handler, `request` then what that made of the delivery. `stream` says what an answer had beside its head and body,
    where it had more.
    """

    number: int
    origin: Origin
    handler_url: str
    started_at: float
    elapsed_ms: float = 0.0
    answer: Answer | None = None
    failure: Failure | None = None
    request: SentRequest | None = None
    answered_by: str = ""
    route: str = ""
    stream: StreamNote | None = None
    is_copy: bool = False

    def __post_init__(self) -> None:
        if self.answer is not None and self.failure is not None:
            raise ValueError("an attempt ends with an answer or a failure, not both")

    @property
    def way(self) -> str:
        """Which way it took, in words: `by stripe`, `copy to audit`, `a copy`; empty without a route."""
        if not self.route:
            return "a copy" if self.is_copy else ""
        return f"{'copy to' if self.is_copy else 'by'} {self.route}"

    @property
    def is_accepted(self) -> bool:
        """Whether the handler said 2xx."""
        return self.answer is not None and 200 <= self.answer.status < 300


def counts(attempt: Attempt, before: str = "") -> bool:
    """Whether an attempt tells how the sender's own request fares; any other is an experiment.

    Probes and checks are experiments; so is a copy, unless it is all there is; and so is a replay that was changed, or
    that went to another path than the attempt that counted `before` it, whose handler URL that is. What a route changes
    by itself is no change, and its copy never counts.
    """
    if attempt.origin in ("probe", "check"):
        return False
    if attempt.is_copy:
        return not before and not attempt.route
    if attempt.origin != "replay":
        return True
    return (attempt.request is None or attempt.route != "") and (
        not before or path_of(attempt.handler_url) == path_of(before)
    )


def path_of(url: str) -> str:
    """The path of a handler's URL, `/` where it has none."""
    behind = url.partition("://")[2] or url
    slash = behind.find("/")
    return "/" if slash < 0 else behind[slash:].partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A delivery and its attempts, in the order they were made.

    `provider` is empty where nobody recognised the sender.
    """

    delivery: Delivery
    attempts: tuple[Attempt, ...] = ()
    provider: str = ""
    redacted: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[Attempt, ...]:
        """The attempts that are no experiments."""
        found: list[Attempt] = []
        for attempt in self.attempts:
            if counts(attempt, found[-1].handler_url if found else ""):
                found.append(attempt)
        return tuple(found)

    @property
    def outcome(self) -> Attempt | None:
        """The attempt that counts: the live one, or the last replay without a change; None where there is none."""
        return next(reversed(self.counted), None)

    @property
    def recorded(self) -> Attempt | None:
        """What later answers are held against: what the sender got, else the first outcome that counts."""
        counted = [one for one in self.counted if one.answer is not None or one.failure is not None]
        return next((one for one in counted if one.origin == "live"), counted[0] if counted else None)

    @property
    def copies(self) -> tuple[Attempt, ...]:
        """The attempts at handlers beside the one that answers, the latest of each route."""
        return tuple({one.route: one for one in self.attempts if one.is_copy and one.route}.values())
