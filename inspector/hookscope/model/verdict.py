"""What verification says of a delivery, and what the sender said of itself: values shared by signatures,
diagnosis and faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hookscope_relay.value import Value

VerdictState: TypeAlias = Literal["verified", "rejected", "unsigned", "no-secret"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake that, put in place, reproduces the received signature (ids:
    see the documentation of `hookscope verify`)."""

    id: str
    confidence: float = 1.0
    detail: str = ""
    fix: str = ""


class Verdict(Value, frozen=True, kw_only=True):
    """The outcome of verifying one delivery. `reason` is a slug where the state is `rejected`, else empty.

    `secret` is the fingerprint of the secret that verified (never the secret), `ruled_out` says what an unexplained
    mismatch is not, `notes` what a reader of the verdict should know besides (what the signature does not cover, a
    certificate's dates).
    """

    state: VerdictState
    provider: str = ""
    scheme: str = ""
    reason: str = ""
    secret: str = ""
    mistakes: tuple[Mistake, ...] = ()
    ruled_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_mapping(self) -> dict[str, Any]:
        """The verdict as plain JSON values, in the contract's order."""
        return {
            "verdict": self.state,
            "reason": self.reason,
            "provider": self.provider,
            "scheme": self.scheme,
            "secret": self.secret,
            "mistakes": [
                {
                    "id": mistake.id,
                    "confidence": mistake.confidence,
                    "detail": mistake.detail,
                    "fix": mistake.fix,
                }
                for mistake in self.mistakes
            ],
            "ruled_out": list(self.ruled_out),
            "notes": list(self.notes),
        }


class Recognition(Value, frozen=True, kw_only=True):
    """Who sent a delivery and what it says happened, from its headers and body;
    empty text or None where it does not say.

    `handshake` names the provider's handshake that the delivery is (`verification-token`, `challenge`, …); `event_at`
    is epoch seconds; `sequence` the first and the last number that its events have in the sender's own count.
    """

    provider: str = ""
    confidence: float = 0.0
    evidence: str = ""
    event_id: str = ""
    event_type: str = ""
    event_at: float | None = None
    object_id: str = ""
    attempt_number: int | None = None
    sequence: tuple[int, int] | None = None
    handshake: str = ""
