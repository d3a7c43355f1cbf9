"""A probe: one more send of a delivery, changed in one respect; what came of it, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hookscope.model.capture import Attempt
from hookscope.model.edits import UNCHANGED, Edits
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.text.safe import safe_text
from hookscope.tools.check.misreads import Misread

Proof: TypeAlias = Literal["proved", "left", "ruled-out", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What to send: the capture's delivery with `edits`, signed as a `misread` of it where there is one,
    with `secret` where `sign`.

    `to` is another handler as a user types it; `preserve_host` passes the sender's Host on. `tells` says what an other
    answer would tell.
    """

    name: str
    title: str
    tells: str
    edits: Edits = UNCHANGED
    misread: Misread | None = None
    sign: bool = True
    secret: Secret | None = None
    preserve_host: bool = False
    to: str = ""

    def to_mapping(self) -> dict[str, Any]:
        """The probe as plain JSON values."""
        return {"probe": self.name, "title": safe_text(self.title), "tells": self.tells}


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """A probe that was sent: its attempt, what it was signed with (empty: as it was), and the best finding about it."""

    probe: Probe
    attempt: Attempt
    note: str = ""
    finding: Finding | None = None

    @property
    def accepted(self) -> bool:
        """Whether the handler said 2xx."""
        return self.attempt.answer is not None and 200 <= self.attempt.answer.status < 300

    @property
    def key(self) -> str:
        """What two outcomes are compared by: the status, or the kind of failure."""
        if self.attempt.answer is not None:
            return str(self.attempt.answer.status)
        return self.attempt.failure.kind if self.attempt.failure else "unknown"

    @property
    def said(self) -> str:
        """The outcome in a few words, inert."""
        return said(self.attempt)

    def to_mapping(self) -> dict[str, Any]:
        """The outcome as plain JSON values."""
        answer = self.attempt.answer
        return {
            **self.probe.to_mapping(),
            "attempt": self.attempt.number,
            "status": answer.status if answer else None,
            "failure": self.attempt.failure.kind if self.attempt.failure else None,
            "elapsed_ms": round(self.attempt.elapsed_ms, 1),
            "signed": safe_text(self.note),
        }


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the probes of these names prove, leave as the last cause, rule out or leave open; `hint` says what to do."""

    proof: Proof
    text: str
    probes: tuple[str, ...]
    hint: str = ""

    def to_mapping(self) -> dict[str, Any]:
        """The conclusion as plain JSON values."""
        return {"proof": self.proof, "text": self.text, "probes": list(self.probes), "hint": self.hint}


def said(attempt: Attempt | None) -> str:
    """An attempt's outcome in a few words, inert."""
    if attempt is not None and attempt.answer is not None:
        return safe_text(f"HTTP {attempt.answer.status} {attempt.answer.reason[:40]}".rstrip())
    if attempt is not None and attempt.failure is not None:
        return f"no answer ({attempt.failure.kind})"
    return "no outcome"
