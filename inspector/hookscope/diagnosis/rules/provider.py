"""The provider's own API: what the handler called, and passed on as its answer."""

from __future__ import annotations

from hookscope.api.rule import call_rules
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains


def _quoted(cause: str) -> Rule:
    """The rule for an API's refusal that has no rule of its own: worded as that on the call itself."""
    about = call_rules()[cause]

    def advise(case: Case, reading: Reading) -> str:
        return about.fix.partition("{")[0] or about.do

    advise.__doc__ = (
        f"{about.summary}.\n\nSees: the API's own words in the answer of the handler.\nWhy: {about.why}\nDo: {about.do}"
    )
    return explains(f"provider.{cause}", cause, about.summary, examples=(about.sees,))(advise)


# What an API may refuse for that no other family explains.
QUOTED = (
    "wrong-token-kind",
    "wrong-workspace",
    "wrong-mode",
    "conflict",
    "payment-required",
    "account-inactive",
    "user-agent-missing",
)

RULES: tuple[Rule, ...] = (
    *explained("provider"),
    *(_quoted(cause) for cause in QUOTED),
)
