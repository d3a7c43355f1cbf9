"""What happens in a session, as values that faces listen to; `to_mapping` is the line of the NDJSON stream.

Every event has `at` in epoch seconds. Fields whose name begins like a summary's mean the same. Those that every
delivery makes are structs: made in C, and none of the garbage collector's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal, TypeAlias

import msgspec

from hookscope.model.call import Call
from hookscope.model.finding import Finding
from hookscope.model.verdict import Verdict
from hookscope.text.timestamp import render_time
from hookscope_relay.made_answers import PROBLEMS

ConnectionState: TypeAlias = Literal["connecting", "connected", "waiting", "refused", "stopped"]
Role: TypeAlias = Literal["answering", "watching"]
HandshakeState: TypeAlias = Literal["asked", "kept", "candidate", "no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A delivery sent to `url` from now on would be kept. `routes` are name, filter and handler of each; `handler` is
    the one that takes the rest then, or the first route's."""

    type: ClassVar[str] = "ready"
    at: float
    url: str
    handler: str
    endpoint: str
    relay: str
    routes: tuple[tuple[str, str, str], ...] = ()

    def facts(self) -> dict[str, Any]:
        routes = [{"route": name, "match": match, "handler": handler} for name, match, handler in self.routes]
        return {
            "schema": 1,
            "url": self.url,
            "handler": self.handler,
            "endpoint": self.endpoint,
            "relay": self.relay,
            **({"routes": routes} if routes else {}),
        }


class Captured(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A delivery is in the capture store. `missed` says that its sender had an answer, or a 504, without us."""

    type: ClassVar[str] = "captured"
    at: float
    id: str
    number: int
    origin: str
    method: str
    target: str
    provider: str
    event_type: str
    bytes: int
    owed: bool
    received_at: float
    missed: bool = False
    held: bool = False

    def facts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "number": self.number,
            "origin": self.origin,
            "method": self.method,
            "target": self.target,
            "provider": self.provider,
            "event_type": self.event_type,
            "bytes": self.bytes,
            "owed": self.owed,
            **({"held": True} if self.held else {}),
        }


class Attempted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An attempt ended with a status or a failure; `answered_by` is empty where the handler answered.

    An `experiment` was changed, or made elsewhere: it says nothing of what the sender got, or gets. Nor does a `copy`,
    of a delivery that another handler or session answers; `route` is the one that it took.
    """

    type: ClassVar[str] = "attempted"
    at: float
    id: str
    number: int
    attempt: int
    origin: str
    method: str
    target: str
    elapsed_ms: float
    status: int | None = None
    failure: str = ""
    detail: str = ""
    answered_by: str = ""
    experiment: bool = False
    route: str = ""
    copy: bool = False

    def facts(self) -> dict[str, Any]:
        outcome = {"failure": self.failure} if self.failure else {"status": self.status}
        return {
            "id": self.id,
            "attempt": self.attempt,
            "origin": self.origin,
            **outcome,
            "elapsed_ms": round(self.elapsed_ms, 3),
            "answered_by": self.answered_by,
            **({"experiment": True} if self.experiment else {}),
            **({"route": self.route} if self.route else {}),
            **({"copy": True} if self.copy else {}),
        }


class Diagnosed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The verdict and the findings on one attempt (`attempt` 0: the delivery itself), best first; `copy` is the route
    of a copy."""

    type: ClassVar[str] = "diagnosed"
    at: float
    id: str
    number: int
    attempt: int
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    copy: str = ""

    def facts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "attempt": self.attempt,
            "verdict": self.verdict.state if self.verdict else None,
            "findings": [finding.to_mapping() for finding in self.findings],
            **({"copy": self.copy} if self.copy else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call of the handler to an API ended and is kept; `number` is that of the capture that caused it,
    0 where none did."""

    type: ClassVar[str] = "called"
    at: float
    number: int
    call: Call

    def facts(self) -> dict[str, Any]:
        call = self.call.facts()
        return {"id": call.pop("delivery"), "call": call.pop("number"), **call}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChanged:
    """The tunnel's state; `retry_in_ms` is set while it waits, `role` while it is connected.

    Of a session that watches, `answerer` is what the one that answers calls itself, `why` the relay's reason
    (`wire.WHYS`), and `copies` says that its own handler gets a copy of what comes. `through` names the session that
    this one shows, whose connection it is.
    """

    type: ClassVar[str] = "connection"
    at: float
    state: ConnectionState
    reason: str = ""
    retry_in_ms: int | None = None
    role: Role | None = None
    answerer: str = ""
    why: str = ""
    copies: bool = False
    through: str = ""

    def facts(self) -> dict[str, Any]:
        facts = {"state": self.state, "reason": self.reason, "retry_in_ms": self.retry_in_ms, "role": self.role}
        if self.through:
            facts["through"] = self.through
        if self.role != "watching":
            return facts
        return {**facts, "answerer": self.answerer, "why": self.why, "copies": self.copies}


class Settled(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the sender's wait ended: answered, expired, or the sender was gone."""

    type: ClassVar[str] = "settled"
    at: float
    id: str
    how: str
    status: int | None
    by: str
    waited_ms: float

    def facts(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "how": self.how,
            "status": self.status,
            "by": self.by,
            "waited_ms": round(self.waited_ms, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The relay turned a request away before it became a delivery."""

    type: ClassVar[str] = "refused"
    at: float
    problem: str
    method: str
    target: str
    size: int

    @property
    def why(self) -> str:
        """The problem in words."""
        known = PROBLEMS.get(self.problem)
        return f"{known.title[0].lower()}{known.title[1:].rstrip('.')}" if known else self.problem

    def facts(self) -> dict[str, Any]:
        return {"problem": self.problem, "method": self.method, "target": self.target, "bytes": self.size}


@dataclass(frozen=True, slots=True, kw_only=True)
class GapDeclared:
    """Deliveries after `after` and up to `until` are no longer in the relay's log; `reason` says why."""

    type: ClassVar[str] = "gap"
    at: float
    after: int
    until: int
    reason: str

    def facts(self) -> dict[str, Any]:
        return {"after": self.after, "until": self.until, "reason": self.reason}


About: TypeAlias = Literal["", "this-machine-only", "every-path", "handler-away", "backlog"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Something that the user should know and that has no place of its own: a sentence, and the option of the
    command line that does something about it. `about` is for faces that have a place or a key of their own for it."""

    type: ClassVar[str] = "notice"
    at: float
    level: Literal["info", "warning", "error"]
    text: str
    option: str = ""
    about: About = ""

    @property
    def sentence(self) -> str:
        """All of it, as for a command line."""
        return f"{self.text}; {self.option}" if self.option else self.text

    def facts(self) -> dict[str, Any]:
        return {"level": self.level, "text": self.sentence}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChanged:
    """How many deliveries wait for their turn at a handler."""

    type: ClassVar[str] = "held"
    at: float
    count: int

    def facts(self) -> dict[str, Any]:
        return {"count": self.count}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeSeen:
    """A provider sent the token that its own form asks for; the stream names the handshake, never the token.

    `kept`: `asked` the user decides, `kept` it is now the provider's signing secret, `candidate` there was one already
    and this stands beside it, `no` the user declined. `instruction` says where to put the token; empty for the words
    that a face has of its own.
    """

    type: ClassVar[str] = "handshake"
    at: float
    id: str
    number: int
    provider: str
    token: str = field(repr=False)
    kept: HandshakeState = "asked"
    instruction: str = ""

    def facts(self) -> dict[str, Any]:
        return {"id": self.id, "number": self.number, "provider": self.provider, "kept": self.kept}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """An alert of the user's began to hold (`raised`), or is over (`recovered`); `details` are its facts."""

    type: ClassVar[str] = "alert"
    at: float
    name: str
    state: Literal["raised", "recovered", "test"]
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Name and text in one line."""
        return f"alert {self.name}: {self.text}"

    def facts(self) -> dict[str, Any]:
        return {"alert": self.name, "state": self.state, "text": self.text, **self.details}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The session ended in order."""

    type: ClassVar[str] = "stopped"
    at: float
    captured: int
    exit_code: int

    def facts(self) -> dict[str, Any]:
        return {"captured": self.captured, "exit_code": self.exit_code}


Event: TypeAlias = (
    Ready
    | Captured
    | Attempted
    | Diagnosed
    | CallEnded
    | ConnectionChanged
    | Settled
    | Refused
    | GapDeclared
    | Noticed
    | HandshakeSeen
    | HeldChanged
    | Alerted
    | Stopped
)
Listener: TypeAlias = Callable[[Event], None]


# What an event costs in memory beside its long texts; a finding of it; and bytes for a character.
EVENT_BYTES, FINDING_BYTES, CHARACTER_BYTES = 600, 1500, 2


def weight(event: Event) -> int:
    """About how many bytes of memory an event holds while it waits for a face: what strangers can make long counts."""
    match event:
        case Captured() | Attempted() | Refused():
            return EVENT_BYTES + CHARACTER_BYTES * len(event.target)
        case Diagnosed(findings=findings):
            return EVENT_BYTES + FINDING_BYTES * len(findings)
        case CallEnded(call=call):
            return EVENT_BYTES + len(call.body) + (len(call.answer.body) if call.answer else 0)
    return EVENT_BYTES


def to_mapping(event: Event) -> dict[str, Any]:
    """The event as plain JSON values: `type`, `at`, then its facts."""
    return {"type": event.type, "at": _rendered(event.at), **event.facts()}


# Events of one group have one time.
_rendered = lru_cache(maxsize=16)(render_time)
