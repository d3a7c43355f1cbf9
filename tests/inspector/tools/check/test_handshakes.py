"""The handshake of every provider that has one: completed rightly, wrongly, and not at all."""

from __future__ import annotations

import json

import pytest

from checking_bench import drive, make_kit, say
from hookscope.model.verdict import Recognition
from hookscope.providers.handshake import Ours, answer_handshake
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope.signatures.verification import verify
from hookscope.tools.check.handshakes import FORMS, build_handshake, handshake

SHAKING = [provider.name for provider in load_providers() if provider.handshake in FORMS]


def completing(kit):
    def handle(delivery):
        known = Recognition(provider=kit.provider.name, handshake=kit.provider.handshake)
        answer = answer_handshake(
            delivery, known, Ours(kit.provider, (kit.verifying,) if kit.verifying else (), verify)
        )
        assert answer is not None
        return say(answer.status, answer.body, answer.headers)

    return handle


@pytest.mark.parametrize("name", SHAKING)
def test_the_delivery_is_recognised_as_the_providers_handshake(name):
    kit = make_kit(name)
    found = recognise(build_handshake(kit), load_providers(), name)
    assert found.handshake == kit.provider.handshake


@pytest.mark.parametrize("name", SHAKING)
def test_a_completed_handshake_passes(name):
    kit = make_kit(name)
    assert drive(handshake(kit), completing(kit)).state == "passed"


@pytest.mark.parametrize("name", SHAKING)
def test_a_refused_handshake_does_not(name):
    judgement = drive(handshake(make_kit(name)), lambda _: say(404))
    assert judgement.state == ("warning" if name == "notion" else "failed")
    assert judgement.hint


@pytest.mark.parametrize("name", ["slack", "meta", "dropbox", "zoom", "asana", "okta", "microsoft-graph", "twitch"])
def test_an_answer_without_the_challenge_does_not(name):
    judgement = drive(handshake(make_kit(name)), lambda _: say(200, b"{}"))
    assert judgement.state == "failed"
    assert "lacks" in judgement.evidence[1]


def test_slack_takes_the_bare_challenge_too():
    judgement = drive(
        handshake(make_kit("slack")), lambda delivery: say(200, json.loads(delivery.body)["challenge"].encode())
    )
    assert judgement.state == "passed"


def test_what_only_the_handler_knows_is_asked_for():
    judgement = drive(handshake(make_kit("meta", params={})), lambda _: say(200))
    assert judgement.state == "skipped"
    assert "--param verify_token=VALUE" in judgement.evidence[0]


def test_a_provider_without_a_handshake_has_nothing_to_check():
    assert not drive(handshake(make_kit("github")), lambda _: say(200)).applies
