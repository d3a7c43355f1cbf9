from __future__ import annotations

from dataclasses import replace

import pytest

from checking_bench import make_kit
from factories import NOW
from hookscope.signatures.verification import verify
from hookscope.tools.check.kit import Way
from hookscope_relay.delivery import header


def state(kit, delivery):
    return verify(delivery, kit.provider, (kit.verifying,), NOW, delivery.url, kit.params).state


@pytest.mark.parametrize("provider", ["notion", "slack", "stripe", "github", "standardwebhooks", "discord", "gitlab"])
def test_a_genuine_delivery_verifies_and_a_forged_one_does_not(provider):
    kit = make_kit(provider)
    event = kit.event()
    assert state(kit, kit.genuine(event)) == "verified"
    assert state(kit, kit.signed(event, secret=kit.wrong_secret())) == "rejected"
    assert state(kit, kit.unsigned(kit.genuine(event))) == "unsigned"


def test_every_event_is_another_one():
    kit = make_kit()
    assert kit.event().body != kit.event().body


def test_the_signature_is_found_in_its_header():
    kit = make_kit("stripe")
    delivery = kit.genuine()
    assert f"v1={kit.signature_of(delivery)}" in (header(delivery.headers, "Stripe-Signature") or "")
    assert kit.signature_of(kit.unsigned(delivery)) == ""


def test_a_way_decides_path_manner_and_scheme():
    kit = make_kit()
    way = Way(target="/hook/", manner="spaced, ascii", scheme=replace(kit.scheme, prefix=""))
    delivery = replace(kit, way=way).genuine()
    assert delivery.target == "/hook/"
    assert b'": "' in delivery.body
    assert "sha256=" not in (header(delivery.headers, "X-Notion-Signature") or "sha256=")


def test_without_a_secret_a_signing_provider_has_no_valid_delivery():
    kit = make_kit(secret=None)
    assert (kit.signs, kit.can_be_valid) == (False, False)
    assert header(kit.genuine().headers, "X-Notion-Signature") is None


def test_a_provider_that_signs_nothing_needs_no_secret():
    kit = make_kit("zapier")
    assert (kit.signs, kit.can_be_valid) == (False, True)


def test_no_secret_shows():
    assert "some secret" not in repr(make_kit())
