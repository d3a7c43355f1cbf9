from __future__ import annotations

import json

import pytest

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.facts import Facts
from hookscope.providers.handshake import Ours, answer_handshake, handshake_secret, wanted_back
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope.signatures.sign import make_test_key, sign
from hookscope.signatures.verification import verify
from hookscope_relay.delivery import header
from vectors.reading import load_vectors, to_delivery

PROVIDERS = load_providers()


def shake(provider: str, secrets=(), **changes):
    values = {"headers": (), "body": b"", "target": "/hook"} | changes
    if isinstance(values["body"], dict):
        values["body"] = json.dumps(values["body"]).encode()
    delivery = make_delivery(**values)
    recognition = recognise(delivery, PROVIDERS, provider)
    answer = answer_handshake(delivery, recognition, Ours(PROVIDERS.demand(provider), secrets, verify))
    wanted = wanted_back(recognition.handshake, Facts(delivery))
    if wanted is not None and answer is not None:
        told = header(answer.headers, wanted.header) if wanted.header else answer.body.decode()
        assert told is not None and wanted.challenge in told
    return recognition.handshake, answer


@pytest.mark.parametrize(
    ("provider", "changes", "handshake", "status", "body"),
    [
        ("notion", {"body": {"verification_token": "secret_x"}}, "verification-token", 200, b""),
        ("slack", {"body": {"type": "url_verification", "token": "t", "challenge": "abc"}}, "challenge", 200, {"challenge": "abc"}),
        ("monday", {"body": {"challenge": "abc"}}, "challenge", 200, {"challenge": "abc"}),
        ("meta", {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=115&hub.verify_token=v"}, "hub-challenge", 200, b"115"),
        ("strava", {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=115"}, "hub-challenge", 200, {"hub.challenge": "115"}),
        ("dropbox", {"method": "GET", "target": "/?challenge=abc"}, "query-challenge", 200, b"abc"),
        ("okta", {"method": "GET", "headers": (("X-Okta-Verification-Challenge", "abc"),)}, "header-verification", 200, {"verification": "abc"}),
        ("microsoft-graph", {"target": "/?validationToken=a%3Cb"}, "validation-token", 200, b"a<b"),
        ("twitch", {"headers": (("Twitch-Eventsub-Message-Type", "webhook_callback_verification"),), "body": {"challenge": "abc"}}, "text-challenge", 200, b"abc"),
        ("trello", {"method": "HEAD"}, "head", 200, b""),
        ("aws-sns", {"body": {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?x"}}, "subscribe-url", 200, b""),
        ("figma", {"body": {"event_type": "PING", "passcode": "p", "webhook_id": "1"}}, "ping", 200, b""),
    ],
)  # fmt: skip
def test_a_handshake_is_recognised_and_answered(provider, changes, handshake, status, body):
    found, answer = shake(provider, **changes)
    assert (found, answer.status) == (handshake, status)
    assert (json.loads(answer.body) if isinstance(body, dict) else answer.body) == body


def test_zooms_token_is_answered_with_its_hmac():
    vector = load_vectors()["synthetic/zoom-2"]
    delivery = to_delivery(vector)
    recognition = recognise(delivery, PROVIDERS)
    zoom = PROVIDERS.demand("zoom")
    answer = answer_handshake(delivery, recognition, Ours(zoom, [Secret("zoom", "", vector["secret"])], verify))
    assert json.loads(answer.body) == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": "90e3d35c4083ce167d9668b81bb21dcb92e49c11c66c3eb5223bc74577ddd520",
    }
    assert answer_handshake(delivery, recognition, Ours(zoom, [], verify)) is None


def test_asanas_secret_is_sent_back_and_told():
    delivery = make_delivery(headers=(("X-Hook-Secret", "abc"),), body=b"")
    recognition = recognise(delivery, PROVIDERS)
    answer = answer_handshake(delivery, recognition, Ours(PROVIDERS.demand("asana"), [], verify))
    assert header(answer.headers, "X-Hook-Secret") == "abc"
    assert handshake_secret(delivery, recognition) == "abc"


def test_xeros_intent_gets_200_for_a_right_signature_and_401_for_a_wrong_one():
    xero = PROVIDERS.demand("xero")
    body = b'{"events":[],"firstEventSequence":0,"lastEventSequence":0}'
    delivery = sign(make_delivery(body=body, headers=()), xero, Secret("xero", "", "right"), 1.79e9)
    recognition = recognise(delivery, PROVIDERS)
    for value, status in (("right", 200), ("wrong", 401)):
        answer = answer_handshake(delivery, recognition, Ours(xero, [Secret("xero", "", value)], verify))
        assert (answer.status, answer.body) == (status, b"")


def test_discords_ping_is_answered_and_a_forged_one_refused():
    discord = PROVIDERS.demand("discord")
    private, public = make_test_key("discord", discord.schemes[0])
    _, other = make_test_key("discord", discord.schemes[0])
    delivery = sign(make_delivery(body=b'{"type":1}', headers=()), discord, private, 1.79e9)
    recognition = recognise(delivery, PROVIDERS)
    assert json.loads(answer_handshake(delivery, recognition, Ours(discord, [public], verify)).body) == {"type": 1}
    assert answer_handshake(delivery, recognition, Ours(discord, [other], verify)).status == 401


def test_notions_token_is_told():
    delivery = make_delivery(headers=(), body=b'{"verification_token":"secret_abc"}')
    assert handshake_secret(delivery, recognise(delivery, PROVIDERS)) == "secret_abc"


def test_an_ordinary_delivery_is_no_handshake():
    delivery = make_delivery(headers=(("X-Notion-Signature", "sha256=0"),))
    recognition = recognise(delivery, PROVIDERS)
    assert recognition.handshake == ""
    assert answer_handshake(delivery, recognition, Ours(PROVIDERS.demand("notion"), [], verify)) is None
    assert handshake_secret(delivery, recognition) is None


@pytest.mark.parametrize(
    ("provider", "changes", "body"),
    [
        ("monday", {"body": {"challenge": "abc"}}, {"challenge": "abc"}),
        ("meta", {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=115&hub.verify_token=v"}, b"115"),
        ("strava", {"method": "GET", "target": "/?hub.mode=subscribe&hub.challenge=15f7d1a9&hub.verify_token=v"}, {"hub.challenge": "15f7d1a9"}),
        ("strava", {"method": "GET", "target": "/?hub.mode=subscribe&hub.topic=x&hub.challenge=15f7d1a9"}, b"15f7d1a9"),
        ("dropbox", {"method": "GET", "target": "/?challenge=abc"}, b"abc"),
    ],
)  # fmt: skip
def test_a_handshake_without_a_tell_tale_header_is_recognised_and_answered(provider, changes, body):
    values = {"headers": (), "body": b""} | changes
    if isinstance(values["body"], dict):
        values["body"] = json.dumps(values["body"]).encode()
    delivery = make_delivery(**values)
    recognition = recognise(delivery, PROVIDERS)
    answer = answer_handshake(delivery, recognition, Ours(PROVIDERS.demand(provider), (), verify))
    assert recognition.provider == provider
    assert (json.loads(answer.body) if isinstance(body, dict) else answer.body) == body


def test_a_challenge_among_other_keys_is_nobodys_handshake():
    delivery = make_delivery(headers=(), body=b'{"challenge":"abc","score":1}')
    assert recognise(delivery, PROVIDERS).provider == ""
