"""What probes proved, as findings about the outcome of the attempt that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookscope.model.finding import Evidence, Finding
from hookscope.tools.probe.probe import Conclusion, ProbeOutcome
from hookscope.tools.replay.proof import Experiment, build_finding

# The rule that each probe proves where it is accepted; one that is not here proves what the first finding says.
REFUSED = ("signature.handler-disagrees", "handler.signature-rejected")
# How sure elimination is: the handler may check for what nobody thought of.
LEFT = 0.9
CODES = {
    "without-cookies": "csrf.refused",
    "browser-accept": "media.not-acceptable",
    "preserved-host": "host.not-allowed",
    "content-type": "media.type",
    "other-secret": "handler.signature-rejected",
    "re-serialised": "handler.signature-rejected",
    "misread": "handler.signature-rejected",
    "handler-url": "handler.signature-rejected",
    "direct": "edge.proxy-rule",
    "options": "routing.method",
}


def proved_findings(
    conclusions: Sequence[Conclusion], outcomes: Sequence[ProbeOutcome], findings: Sequence[Finding]
) -> tuple[Finding, ...]:
    """A finding for each conclusion that is proved; `findings` are those on the attempt that counts."""
    made = [build_finding(proof, findings) for proof in _proofs(conclusions, outcomes, findings)]
    made += [_left_over(conclusion, findings) for conclusion in conclusions if conclusion.proof == "left"]
    return tuple({finding.code: finding for finding in reversed(tuple(made))}.values())[::-1]


def _left_over(conclusion: Conclusion, findings: Sequence[Finding]) -> Finding:
    """The finding of the one cause that is left: it is told first, and not called proved."""
    fact = Evidence("every other known cause was tried and made no difference: hookscope probe", "probes")
    known = next((finding for finding in findings if finding.code in REFUSED), None)
    return Finding(
        code=known.code if known else REFUSED[-1],
        severity="error",
        cause="signature-rejected",
        layer="handler",
        product=known.product if known else "",
        title="Your handler checks with another secret than the one that signs: nothing else is left",
        hint=conclusion.hint[:1].upper() + conclusion.hint[1:],
        evidence=(*(known.evidence[:2] if known else ()), fact),
        confidence=LEFT,
    )


def proving_attempt(conclusions: Sequence[Conclusion], outcomes: Sequence[ProbeOutcome]) -> int | None:
    """The accepted attempt that proved the first of them; None where none was accepted."""
    named = next((conclusion.probes[0] for conclusion in conclusions if conclusion.proof == "proved"), "")
    return next((one.attempt.number for one in outcomes if one.probe.name == named and one.accepted), None)


def _proofs(
    conclusions: Sequence[Conclusion], outcomes: Sequence[ProbeOutcome], findings: Sequence[Finding]
) -> Iterator[Experiment]:
    for conclusion in conclusions:
        outcome = _best(outcomes, conclusion.probes[0])
        if conclusion.proof != "proved" or outcome is None:
            continue
        yield Experiment(
            code=_code(conclusion.probes[0], findings),
            text=conclusion.text[:1].upper() + conclusion.text[1:],
            hint=conclusion.hint[:1].upper() + conclusion.hint[1:],
            how=f"{outcome.probe.title}: {outcome.said}",
            attempt=outcome.attempt.number,
        )


def _best(outcomes: Sequence[ProbeOutcome], name: str) -> ProbeOutcome | None:
    """The outcome of a probe of that name, an accepted one first."""
    named = [outcome for outcome in outcomes if outcome.probe.name == name]
    return next((outcome for outcome in named if outcome.accepted), named[0] if named else None)


def _code(name: str, findings: Sequence[Finding]) -> str:
    """The rule that a probe proves: of a slash what the answer calls for, of a signature what was found."""
    if CODES.get(name) in REFUSED:
        return next((finding.code for finding in findings if finding.code in REFUSED), REFUSED[-1])
    if name != "other-slash":
        return CODES.get(name, "")
    redirected = any(finding.code.startswith("redirect.") for finding in findings)
    return "redirect.trailing-slash" if redirected else "routing.trailing-slash"
