"""Whether a delivery is unsigned or wrongly signed because its provider means it so,
and a refusal for that no fault."""

from __future__ import annotations

from hookscope.diagnosis.case import Case
from hookscope.diagnosis.needs import unproved
from hookscope.diagnosis.readings import Reading
from hookscope.providers.by_design import REFUSED_ON_PURPOSE, Design, design_of
from hookscope.providers.registry import load_providers

# Refusals that speak of the signature, or may.
FOR_SIGNATURE = frozenset(
    {
        "signature-rejected",
        "signature-missing",
        "permission-denied",
        "auth-required",
        "bearer-missing",
        "accepted",
        "ok",
    }
)


def design(case: Case) -> Design | None:
    """Why the delivery is unsigned or wrongly signed on purpose; None where it is not, or nobody looked."""
    if not unproved(case):
        return None
    name = case.recognition.provider if case.recognition else case.provider
    provider = load_providers().get(name) if name else None
    if provider is None:
        return None
    state = case.verdict.state if case.verdict is not None else "unsigned"
    return design_of(provider, case.facts, state)


def is_excused(case: Case, reading: Reading | None) -> bool:
    """Whether the outcome's own rule has nothing to say: a refusal for the signature is no fault, what is wrong is the
    handshake, or an acceptance has what its provider forbids."""
    if reading is None or case.answer is None or reading.cause not in FOR_SIGNATURE:
        return False
    if case.policy.bare_answer and case.answer.status < 300 and says_more(case):
        return True
    if case.answer.status < 400 and case.sender not in REFUSED_ON_PURPOSE:
        return False
    found = design(case)
    return found is not None and (found.wants == 401 or case.answer.status >= 400)


def says_more(case: Case) -> bool:
    """Whether an answer has a body or a cookie."""
    return case.answer is not None and (
        bool(case.answer.body) or "set-cookie" in {name.lower() for name, _ in case.answer.answer.headers}
    )
