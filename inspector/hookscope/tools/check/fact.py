"""What a check says: a fact with its evidence; and what it judges: what a handler answered."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from hookscope.model.call import Call
from hookscope.model.capture import Failure
from hookscope.text.safe import safe_text
from hookscope_relay.delivery import Answer, Delivery

State: TypeAlias = Literal["passed", "failed", "warning", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerReply:
    """What came of one delivery: an answer or a failure; `elapsed_ms` is the time until then. `calls` are what the
    handler asked of APIs, where a check looked for them."""

    answer: Answer | None = None
    failure: Failure | None = None
    elapsed_ms: float = 0.0
    calls: tuple[Call, ...] = ()

    @property
    def status(self) -> int:
        """The answer's status; 0 where there was no answer."""
        return self.answer.status if self.answer else 0

    @property
    def accepted(self) -> bool:
        """Whether the handler said 2xx."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the handler said 4xx."""
        return 400 <= self.status < 500

    @property
    def broke(self) -> bool:
        """Whether the handler said 5xx, or nothing."""
        return self.status == 0 or self.status >= 500

    @property
    def said(self) -> str:
        """The outcome in a few words, inert."""
        if self.answer is not None:
            return safe_text(f"HTTP {self.answer.status} {self.answer.reason[:40]}".rstrip())
        if self.failure is not None:
            return f"no answer ({self.failure.kind}: {safe_text(self.failure.detail[:200])})"
        return "no answer"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check found. `applies` is False where the provider's scheme cannot have what the check is about."""

    state: State
    evidence: tuple[str, ...] = ()
    hint: str = ""
    finding: str = ""
    applies: bool = True


class Look(NamedTuple):
    """A delivery whose calls to APIs are waited for, until there was none for `quiet_s`; `faults` are played
    meanwhile (`api.fault`)."""

    delivery: Delivery
    faults: tuple[str, ...]
    quiet_s: float


# What a check asks for: deliveries that are sent together, or a look at one.
Batch: TypeAlias = tuple[Delivery, ...] | Look
# A check in motion: it is given the replies to each batch in the same order.
Steps: TypeAlias = Generator[Batch, tuple[HandlerReply, ...], Judgement]
Looking: TypeAlias = Generator[Look, tuple[HandlerReply, ...], HandlerReply]
Asking: TypeAlias = Generator[tuple[Delivery, ...], tuple[HandlerReply, ...], HandlerReply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the report.

    `because` names the check whose failure explains this one; `finding` is a rule of the diagnosis.
    """

    name: str
    group: str
    line: str
    state: State
    evidence: tuple[str, ...] = ()
    hint: str = ""
    because: str = ""
    finding: str = ""
    applies: bool = True
    sends: int = 0
    elapsed_ms: float = 0.0

    @property
    def is_fault(self) -> bool:
        """Whether it failed by itself, and not as the consequence of another one."""
        return self.state == "failed" and not self.because

    def to_mapping(self) -> dict[str, Any]:
        """The fact as plain JSON values."""
        return {
            "check": self.name,
            "group": self.group,
            "line": self.line,
            "state": self.state,
            "evidence": list(self.evidence),
            "hint": self.hint,
            "because": self.because,
            "finding": self.finding,
            "applies": self.applies,
            "sends": self.sends,
            "elapsed_ms": round(self.elapsed_ms, 1),
        }


def ask(delivery: Delivery) -> Asking:
    """Send one delivery, inside a check: `reply = yield from ask(delivery)`."""
    (reply,) = yield (delivery,)
    return reply


def inapplicable(reason: str) -> Judgement:
    """What a check says that the provider's scheme cannot have."""
    return Judgement("skipped", (reason,), applies=False)
