"""A call: one request of the handler to a provider's API, its answer, the delivery that caused it, and what is found of
it.

A call never holds a token: what stood in its place is a `Credential`, and headers, target and bodies were redacted
before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookscope.model.capture import Failure
from hookscope.model.finding import Finding
from hookscope.text.timestamp import render_time
from hookscope_relay.delivery import Answer, Headers

# From here on a tie is called sure, likely, a guess.
SURE, LIKELY = 0.9, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a call identified itself with, without the secret: `place` is the header or `query`, `kind` a row of the
    kinds of tokens.

    `fault` names what is wrong with its form (empty: nothing), `shown` is its first and last four characters, `digest`
    the fingerprint.
    """

    place: str
    scheme: str = ""
    kind: str = ""
    fault: str = ""
    shown: str = ""
    digest: str = ""

    @property
    def words(self) -> str:
        """`Bearer ntn_…9xYz (fingerprint 1a2b3c4d)`."""
        named = " ".join(filter(None, (self.scheme, self.shown)))
        return f"{named} (fingerprint {self.digest})" if self.digest else named or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Which delivery caused a call: its id (empty: none), how sure that is (0 to 1), why, and which others it could
    have been."""

    delivery: str = ""
    confidence: float = 0.0
    why: str = ""
    others: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How sure the tie is, in a word, and why."""
        if not self.delivery:
            return self.why or "belongs to no delivery"
        sure = "sure" if self.confidence >= SURE else "likely" if self.confidence >= LIKELY else "a guess"
        among = f", one of {len(self.others) + 1}" if self.others else ""
        return f"{sure} ({self.confidence:.0%}{among}): {self.why}"


UNTIED = Tie()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `target` is path and query behind `base`; bodies are kept up to a limit, `body_bytes` and
    `answer_bytes` are their whole sizes.

    `first_byte_ms` is the time to the head of the answer. `abandoned` says that the handler hung up first. `connection`
    tells the handler's connections apart, and `process` the processes that they come from (0: not known). `fault` says
    what hookscope played in the API's place.
    """

    api: str
    base: str
    method: str
    target: str
    started_at: float
    number: int = 0
    headers: Headers = ()
    body: bytes = b""
    body_bytes: int = 0
    elapsed_ms: float = 0.0
    first_byte_ms: float | None = None
    answer: Answer | None = None
    answer_bytes: int = 0
    failure: Failure | None = None
    abandoned: bool = False
    connection: str = ""
    process: int = 0
    fault: str = ""
    credential: Credential | None = None
    tie: Tie = UNTIED
    findings: tuple[Finding, ...] = ()

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def status(self) -> int | None:
        """The answer's status; None where there is none."""
        return self.answer.status if self.answer else None

    @property
    def outcome(self) -> str:
        """The status, or the kind of failure."""
        return str(self.answer.status) if self.answer else self.failure.kind if self.failure else "unknown"

    @property
    def is_refused(self) -> bool:
        """Whether the API did not do what it was asked for."""
        return self.answer is None or self.answer.status >= 400

    @property
    def explained(self) -> Finding | None:
        """What explains that the API refused it; None where it did not."""
        return next((finding for finding in self.findings if finding.severity == "error"), None)

    def facts(self) -> dict[str, Any]:
        """The call as plain JSON values, without headers and bodies."""
        return {
            "number": self.number,
            "api": self.api,
            "method": self.method,
            "url": self.base + self.target,
            "started_at": render_time(self.started_at),
            "elapsed_ms": round(self.elapsed_ms, 3),
            **({"failure": self.failure.kind} if self.failure else {"status": self.status}),
            **({"fault": self.fault} if self.fault else {}),
            "credential": self.credential.words if self.credential else None,
            "delivery": self.tie.delivery or None,
            "confidence": round(self.tie.confidence, 2),
            "why": self.tie.why,
            "others": list(self.tie.others),
            "findings": [finding.to_mapping() for finding in self.findings],
        }
