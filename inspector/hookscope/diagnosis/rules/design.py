"""What the provider leaves unsigned, or signs wrongly, on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.by_design import FOR_SIGNATURE, design, says_more
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import watches
from hookscope.model.finding import Evidence, Finding
from hookscope.providers.by_design import Design


@watches(
    "signature.by-design",
    "ok",
    "handshake-unanswered",
    leads=True,
    needs=needs.unproved,
    examples=("Xero's intent to receive with a wrong signature, answered 401", "Slack's ssl_check without a signature"),
)
def by_design(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The delivery is unsigned or wrongly signed because the provider means it so.

    Sees: our verdict, and the handshakes and checks of providers that are so on purpose.
    Why: some providers try out whether a handler refuses a wrong signature; others sign nothing before a secret is
    agreed on.
    Do: answer as the provider wants it, which is not the same for all.
    """
    found, answer = design(case), case.answer
    if found is None:
        return
    facts = (Evidence(found.what, "verdict"),)
    if answer is None or (found.is_met_by(answer.status) and (found.may_have_body or not says_more(case))):
        yield _finding(case, "ok", "info", found.what, f"Nothing to do: {found.said} is the right answer", facts)
    elif found.has_own_rule:
        return
    elif found.wants == 401 or reading is None or reading.cause in FOR_SIGNATURE:
        told = (*facts, Evidence(f"the answer is {answer.status}", "answer.status"))
        title = f"{found.what}; the answer should be {found.said}"
        yield _finding(case, "handshake-unanswered", "error", title, _advice(found), told)


def _advice(found: Design) -> str:
    if found.wants == 401:
        return f"Answer {found.said}, from the signature alone: not 200, 400 or 403"
    return f"Answer {found.said} before any signature is checked"


def _finding(case: Case, cause: str, severity: str, title: str, hint: str, facts: tuple[Evidence, ...]) -> Finding:
    return Finding(
        code="signature.by-design",
        severity="error" if severity == "error" else "info",
        cause=cause,
        layer="handler" if severity == "error" else "sender",
        product=case.sender,
        title=title,
        hint=hint,
        evidence=facts,
        confidence=0.95 if cause == "ok" else 0.9,
    )
