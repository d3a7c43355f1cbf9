"""The provider's own API: what the handler called, and passed on as its answer."""

from __future__ import annotations

from hookscope.api.rule import call_rules
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains


@explains(
    "provider.not-shared",
    "not-shared",
    "Notion does not find the object, or it is not shared with the connection",
    examples=('{"object": "error", "code": "object_not_found"}',),
)
def not_shared(case: Case, reading: Reading) -> str:
    """The handler's call to Notion was refused with object_not_found.

    Sees: Notion's error body in the answer.
    Why: an object that is not shared with the connection looks like one that does not exist.
    Do: share the page or database with the connection.
    """
    return "Notion: share the page or database with the connection (••• → Connections)"


@explains(
    "provider.capability",
    "capability-missing",
    "The connection lacks a capability at Notion",
    examples=('{"object": "error", "code": "restricted_resource"}',),
)
def capability(case: Case, reading: Reading) -> str:
    """The handler's call to Notion was refused with restricted_resource.

    Sees: Notion's error body in the answer.
    Why: the connection may not read comments, user information or content.
    Do: give it the capability in its settings.
    """
    return "Notion: give the connection the capability in its settings"


@explains(
    "provider.version",
    "version-header",
    "The handler's call to Notion has no Notion-Version header",
    examples=('{"object": "error", "code": "missing_version"}',),
)
def version(case: Case, reading: Reading) -> str:
    """The handler called Notion without a version.

    Sees: Notion's error body in the answer.
    Why: the API wants one with each call.
    Do: send Notion-Version.
    """
    return "Notion: send the Notion-Version header with each call"


@explains(
    "provider.token",
    "token-stale",
    "The provider's API does not know the handler's token",
    examples=('{"object": "error", "code": "unauthorized"}',),
)
def token(case: Case, reading: Reading) -> str:
    """The handler's own API token is not valid.

    Sees: Notion's error body in the answer.
    Why: the token was rotated, belongs to another workspace, or is the webhook's verification token.
    Do: use the connection's current API token.
    """
    return "Notion: use the connection's current API token; the verification token is only for signatures"


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
    not_shared,
    capability,
    version,
    token,
    *(_quoted(cause) for cause in QUOTED),
)
