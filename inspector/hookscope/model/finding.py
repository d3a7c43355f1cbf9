"""A finding: what a rule says about a delivery and its outcome. Codes and causes never change meaning."""

from __future__ import annotations

import re
import shlex
from typing import Any, Literal, TypeAlias

import msgspec

from hookscope.model.verdict import Verdict
from hookscope_relay.value import Value

Severity: TypeAlias = Literal["info", "warning", "error"]
Layer: TypeAlias = Literal[
    "sender",
    "edge",
    "waf",
    "reverse-proxy",
    "relay",
    "tunnel",
    "transport",
    "dev-server",
    "framework",
    "handler",
    "provider-api",
]

# A clause of a hint whose command is about a capture.
_NAMES_A_CAPTURE = re.compile(r"(?:[.;]|, and)? ?`hookscope [a-z]+ NUMBER`[^.;]*")

SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One fact that a finding rests on: a sentence, and where it stands.

    `place` names it: `answer.status`, `answer.headers.Location`, `request.body`, `failure`, `verdict`, `earlier`, …;
    `start` and `end` are byte offsets within that place, both 0 where the whole of it is meant.
    """

    text: str
    place: str = ""
    start: int = 0
    end: int = 0


class Finding(Value, frozen=True, kw_only=True):
    """One statement about an attempt: `title` in a sentence, `hint` what to do,
    `alternatives` the causes that the evidence cannot exclude; `confidence` is how often the first one is right.

    `proved` says how an experiment proved it; empty where none did. `path` is the one that the sender should call
    instead, as it stands behind the endpoint's URL; empty where none is known.
    """

    code: str
    severity: Severity
    cause: str
    layer: Layer
    title: str
    hint: str
    evidence: tuple[Evidence, ...] = ()
    product: str = ""
    confidence: float = 1.0
    alternatives: tuple[str, ...] = ()
    proved: str = ""
    path: str = ""

    @property
    def how_sure(self) -> str:
        """How sure the finding is of its cause, in words, and whether there are others."""
        if self.proved:
            return "proved"
        return f"{self.confidence:.0%} sure of the cause" + (", else one of the others" if self.alternatives else "")

    def hint_for(self, capture: int | str) -> str:
        """What to do, its commands naming the capture: by its number, or as a file. What cannot be done is left
        out: with a file all but `verify`, without either (0 or an empty name) all that names a capture."""
        if isinstance(capture, int) and capture:
            return self.hint.replace(" NUMBER`", f" {capture}`")
        hint = (
            self.hint.replace("`hookscope verify NUMBER`", f"`hookscope verify {shlex.quote(capture)}`")
            if capture
            else self.hint
        )
        return _NAMES_A_CAPTURE.sub("", hint)

    def to_mapping(self, capture: int | str | None = None) -> dict[str, Any]:
        """The finding as plain JSON values, in the contract's order; with `capture`, its hint is that for it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "cause": self.cause,
            "layer": self.layer,
            "product": self.product,
            "confidence": round(self.confidence, 2),
            "alternatives": list(self.alternatives),
            "title": self.title,
            "evidence": [
                {"text": fact.text, "place": fact.place, "start": fact.start, "end": fact.end} for fact in self.evidence
            ],
            "hint": self.hint if capture is None else self.hint_for(capture),
            **({"proved": self.proved} if self.proved else {}),
            **({"path": self.path} if self.path else {}),
        }


class Explained(msgspec.Struct, frozen=True, gc=False):
    """What is known of an attempt, or of a delivery alone: the verdict (None: no provider was recognised),
    the findings, best first."""

    verdict: Verdict | None
    findings: tuple[Finding, ...]
