"""What a provider sends unsigned, or wrongly signed, on purpose; and which answer it then wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hookscope.providers.facts import Facts
from hookscope.providers.handshake import HANDSHAKES, name_handshake
from hookscope.providers.provider import Provider

# Handshakes that come without a signature, because the secret is not agreed on yet or a GET has no body to sign.
UNSIGNED_HANDSHAKES = frozenset(
    {
        "verification-token",
        "hub-challenge",
        "query-challenge",
        "hook-secret",
        "header-verification",
        "validation-token",
        "head",
        "event-grid",
    }
)


class Design(NamedTuple):
    """`what` is so on purpose, in a sentence; `wants` is the status that the provider wants back, `said` that in words;
    `has_own_rule` says that an answer without the challenge is told by a rule of its own."""

    what: str
    wants: int
    said: str
    may_have_body: bool = True
    has_own_rule: bool = False

    def is_met_by(self, status: int) -> bool:
        """Whether a status is what the provider wants; any 2xx where that is wanted."""
        return 200 <= status < 300 if 200 <= self.wants < 300 else status == self.wants


class _Row(NamedTuple):
    provider: str
    is_one: Callable[[Facts], bool]
    design: Design


def _has_form(facts: Facts, name: str, beginning: str = "") -> bool:
    values = facts.form.get(name) or facts.query.get(name) or ()
    return any(value.startswith(beginning) for value in values)


UNSIGNED: tuple[_Row, ...] = (
    _Row(
        "slack",
        lambda facts: _has_form(facts, "ssl_check", "1"),
        Design("Slack's ssl_check only looks at the certificate: it carries no signature and no event", 200, "200"),
    ),
    _Row(
        "mollie",
        lambda facts: _has_form(facts, "id") and len(facts.form) == 1,
        Design("A classic Mollie webhook carries the id alone and no signature: fetch the payment by it", 200, "200"),
    ),
    _Row(
        "notion",
        lambda facts: facts.text("body.source.type") == "automation",
        Design("A Notion automation's webhook action signs nothing", 200, "200"),
    ),
)
WRONG: tuple[_Row, ...] = (
    _Row(
        "xero",
        HANDSHAKES["intent-to-receive"].is_one,
        Design(
            "Xero's intent to receive sends wrong signatures on purpose beside a right one",
            401,
            "401 with no body and no cookie",
            may_have_body=False,
        ),
    ),
    _Row(
        "discord",
        HANDSHAKES["ping"].is_one,
        Design("Discord sends pings with a wrong signature on purpose, and refuses a URL that takes them", 401, "401"),
    ),
)


REFUSED_ON_PURPOSE = frozenset(row.provider for row in WRONG if row.design.wants == 401)
"""The providers that want some of their deliveries refused: of all others an accepted one is no matter of design."""


def design_of(provider: Provider, facts: Facts, state: str) -> Design | None:
    """Why a delivery of a verdict's state (`unsigned`, `rejected`) is as the provider means it;
    None where it is not."""
    if state == "unsigned":
        handshake = name_handshake(provider, facts)
        if handshake in UNSIGNED_HANDSHAKES:
            said = "200 with what the handshake asks for"
            echoes = handshake in ("hub-challenge", "query-challenge", "validation-token")
            return Design(f"{provider.title}'s handshake carries no signature", 200, said, has_own_rule=echoes)
        return _found(UNSIGNED, provider, facts)
    return _found(WRONG, provider, facts) if state == "rejected" else None


def _found(rows: tuple[_Row, ...], provider: Provider, facts: Facts) -> Design | None:
    return next((row.design for row in rows if row.provider == provider.name and row.is_one(facts)), None)
