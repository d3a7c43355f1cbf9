"""What an experiment proved about a delivery's outcome, as findings that are kept:
the experiment itself never takes the outcome's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hookscope.model.capture import Attempt, path_of
from hookscope.model.finding import Evidence, Finding, Layer

# Who answers where a rule of this family applies; the others are of the user's own code.
LAYERS: dict[str, Layer] = {
    "redirect": "framework",
    "routing": "framework",
    "csrf": "framework",
    "host": "framework",
    "media": "framework",
    "edge": "reverse-proxy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A statement that an experiment proved: the rule that it belongs to (empty: that of the first finding),
    in words, and by which attempt."""

    code: str
    text: str
    hint: str
    how: str
    attempt: int


def confirm(finding: Finding, attempt: Attempt) -> Finding:
    """The finding as it stands once what it advises was tried and accepted."""
    status = attempt.answer.status if attempt.answer else 0
    signed = "" if attempt.request is None else ", changed as the finding advises"
    how = f"attempt {attempt.number} to {path_of(attempt.handler_url)}{signed} was answered {status}"
    return replace(finding, proved=how, confidence=1.0, alternatives=())


def build_finding(proof: Experiment, findings: Sequence[Finding]) -> Finding:
    """The finding that a proof makes: what is known of the outcome already, in the words of the proof."""
    from hookscope.diagnosis.registry import RULES  # takes long to load, and few replays prove anything

    fact = Evidence(f"attempt {proof.attempt}: {proof.how}", "probes")
    known = _of_rule(proof.code, findings)
    if known is not None:
        return replace(
            known,
            title=proof.text,
            hint=proof.hint or known.hint,
            evidence=(*known.evidence[:1], fact),
            confidence=1.0,
            alternatives=(),
            proved=proof.how,
        )
    code = proof.code or "handler.unusual-status"
    return Finding(
        code=code,
        severity="error",
        cause=RULES[code].causes[0],
        layer=LAYERS.get(code.partition(".")[0], "handler"),
        title=proof.text,
        hint=proof.hint,
        evidence=(fact,),
        proved=proof.how,
    )


def _of_rule(code: str, findings: Sequence[Finding]) -> Finding | None:
    """The finding of that rule; without a rule the first that speaks of a failure."""
    wanted = (finding for finding in findings if (finding.code == code if code else finding.severity != "info"))
    return next(wanted, None)
