from __future__ import annotations

import pytest

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import all_providers, configured, load_providers
from hookscope.signatures.sign import sign
from hookscope.signatures.verification import verify
from hookscope_relay.errors import InputError

ACME = {
    "title": "Acme",
    "scheme": [{"kind": "hmac", "header": "X-Acme-Signature", "message": "{timestamp}|{body}", "timestamp": "header.X-Acme-Time"}],
    "recognise": [{"header": "X-Acme-Signature", "confidence": 0.9}],
}  # fmt: skip


# Not read in a copy of the documentation, but compared with the sender's own library or published vectors.
FROM_THEIR_LIBRARIES = {
    "appwrite",
    "chatwoot",
    "easypost",
    "event-grid",
    "feishu",
    "forgejo",
    "freescout",
    "gitea",
    "gogs",
    "greenhouse",
    "hookdeck",
    "http-message-signatures",
    "planning-center",
    "plivo",
    "tawk",
    "telegram",
    "truelayer",
    "vonage",
}


def test_there_are_about_sixty_providers_each_with_a_documentation_link():
    providers = load_providers()
    assert len(providers) >= 60
    for provider in providers:
        assert provider.docs.startswith("https://")
        assert (
            provider.read_on >= "2026-11-21" or "scheme" in provider.unchecked or provider.name in FROM_THEIR_LIBRARIES
        )


def test_a_scheme_s_name_finds_its_provider_with_that_scheme_alone():
    found = load_providers().resolve("github-sha1")
    assert (found.name, [scheme.name for scheme in found.schemes]) == ("github", ["github-sha1"])
    assert load_providers().resolve("no-such-thing") is None


def test_a_users_provider_is_recognised_signs_and_verifies():
    providers = load_providers([{"name": "acme", **ACME}])
    acme = providers.get("acme")
    secret = Secret("acme", "", "s")
    delivery = sign(make_delivery(), acme, secret, 1.79e9)
    assert recognise(delivery, providers).provider == "acme"
    assert verify(delivery, acme, [secret], 1.79e9).state == "verified"
    assert "acme" not in load_providers()


def test_a_projects_table_wins_over_the_users_and_errors_name_the_file():
    tables = configured(("config.toml", {"providers": {"acme": ACME}}), ("hookscope.toml", {"providers": {"acme": {}}}))
    with pytest.raises(InputError, match=r"hookscope\.toml, providers\.acme: scheme"):
        load_providers(tables)
    with pytest.raises(InputError, match=r"hookscope\.toml: providers"):
        configured(("hookscope.toml", {"providers": 5}))


def test_configured_and_built_in_providers_come_together():
    providers = all_providers({"providers": {"acme": ACME}}, {})
    assert {"acme", "notion"} <= set(providers.names)


def test_a_provider_that_there_is_not_is_told_with_what_was_meant() -> None:
    providers = load_providers()
    assert providers.demand("notion").name == "notion"
    for asked, remedy in (("notoin", "did you mean notion"), ("qqqqq", "see `hookscope providers`")):
        with pytest.raises(InputError, match=remedy):
            providers.demand(asked)
