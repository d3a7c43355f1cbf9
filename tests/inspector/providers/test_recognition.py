from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import NOTION_BODY, make_delivery
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from vectors.reading import load_vectors, to_delivery

PROVIDERS = load_providers()
VECTORS = load_vectors()

# One header alone cannot tell these from their relatives; their user agents and bodies do, which the vectors lack.
SHARED_HEADERS = {
    "bitbucket", "jira", "meta", "intercom", "openai", "clerk", "resend", "brex", "gitlab", "coinbase-commerce", "mailgun", "monday", "svix", "lemonsqueezy", "adyen",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in VECTORS.items()
        if one["provider"] not in SHARED_HEADERS and one.get("scheme") != "github-sha1"
    ],
)
def test_a_vectors_provider_is_recognised(name):
    assert recognise(to_delivery(VECTORS[name]), PROVIDERS).provider == VECTORS[name]["provider"]


def test_notions_event_is_read():
    found = recognise(make_delivery(headers=(("X-Notion-Signature", "sha256=00"),), body=NOTION_BODY), PROVIDERS)
    assert (found.provider, found.event_type, found.event_id) == (
        "notion",
        "page.created",
        "367cba44-b6f3-4c92-81e7-6a2e9659efd4",
    )
    assert (found.object_id, found.attempt_number, found.handshake) == ("153104cd", 1, "")
    assert found.event_at == 1791244534.285
    assert found.confidence > 0.9
    assert "X-Notion-Signature" in found.evidence


@pytest.mark.parametrize(
    ("headers", "body", "provider", "event"),
    [
        ({"X-GitHub-Event": "push", "X-Hub-Signature": "sha1=0"}, {"action": "x"}, "github", "push.x"),
        ({"X-Hub-Signature-256": "sha256=0"}, {"object": "page", "entry": [{"changes": [{"field": "feed"}]}]}, "meta", "page.feed"),
        ({"X-Hub-Signature": "sha1=0"}, {"topic": "conversation.user.created", "app_id": "a"}, "intercom", "conversation.user.created"),
        ({"X-Hub-Signature": "sha256=0", "X-Event-Key": "repo:push"}, {}, "bitbucket", "repo:push"),
        ({"X-Hub-Signature": "sha256=0"}, {"webhookEvent": "jira:issue_updated"}, "jira", "jira:issue_updated"),
        ({"svix-id": "m", "svix-signature": "v1,x"}, {"type": "email.sent", "created_at": "x", "data": {"email_id": "1"}}, "resend", "email.sent"),
        ({"svix-id": "m", "svix-signature": "v1,x"}, {"type": "user.created", "object": "event", "data": {}, "instance_id": "i"}, "clerk", "user.created"),
        ({"svix-id": "m", "svix-signature": "v1,x"}, {"type": "thing"}, "svix", "thing"),
        ({"webhook-id": "wh_1", "webhook-signature": "v1,x"}, {"object": "event", "type": "response.completed", "created_at": 1, "data": {"id": "r"}}, "openai", "response.completed"),
        ({"webhook-id": "m", "webhook-signature": "v1,x"}, {"type": "a"}, "standardwebhooks", "a"),
        ({}, {"notificationItems": [{"NotificationRequestItem": {"eventCode": "AUTHORISATION"}}], "live": "false"}, "adyen", "AUTHORISATION"),
        ({}, {"signature": {"timestamp": "1", "token": "t", "signature": "s"}, "event-data": {"event": "opened"}}, "mailgun", "opened"),
        ({"Authorization": "eyJ"}, {"event": {"type": "create_item", "boardId": 1}}, "monday", "create_item"),
        ({}, {"passcode": "p", "webhook_id": "1", "event_type": "FILE_UPDATE"}, "figma", "FILE_UPDATE"),
        ({"User-Agent": "n8n"}, {}, "n8n", ""),
        ({}, {"aspect_type": "create", "object_type": "activity", "owner_id": 1, "subscription_id": 2}, "strava", "activity.create"),
        ({}, {"source": {"type": "automation", "automation_id": "a", "event_id": "e"}, "data": {}}, "notion", "automation"),
    ],
)  # fmt: skip
def test_shared_headers_are_told_apart_by_what_else_is_there(headers, body, provider, event):
    delivery = make_delivery(headers=tuple(headers.items()), body=json.dumps(body).encode())
    found = recognise(delivery, PROVIDERS)
    assert (found.provider, found.event_type) == (provider, event)


@pytest.mark.parametrize(
    ("first", "last", "sequence"),
    [
        (3, 7, (3, 7)),
        ("3", "7", (3, 7)),
        (3, None, (3, 3)),
        (3, 1, (3, 3)),
        (0, 0, None),
        (None, 7, None),
        (-1, 7, None),
        (10**30, 10**30, None),
        (1.5, 2, None),
        ([3], {}, None),
    ],
)
def test_the_numbers_of_a_senders_own_count_are_read(first, last, sequence):
    body = json.dumps({"events": [], "firstEventSequence": first, "lastEventSequence": last}).encode()
    found = recognise(make_delivery(headers=(("x-xero-signature", "AA=="),), body=body), PROVIDERS)
    assert (found.provider, found.sequence) == ("xero", sequence)


def test_a_pinned_provider_needs_no_evidence():
    found = recognise(make_delivery(headers=()), PROVIDERS, pinned="notion")
    assert (found.provider, found.confidence, found.evidence) == ("notion", 1.0, "pinned")


def test_an_unknown_sender_is_nobody():
    assert recognise(make_delivery(headers=(), body=b"hello"), PROVIDERS).provider == ""


def test_a_large_body_is_not_parsed():
    body = b'{"id":"x","type":"page.created","pad":"' + b"x" * (1 << 20) + b'"}'
    found = recognise(make_delivery(headers=(("X-Notion-Signature", "sha256=0"),), body=body), PROVIDERS)
    assert (found.provider, found.event_type) == ("notion", "")


@settings(max_examples=150, deadline=None)
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from(["X-GitHub-Event", "User-Agent", "webhook-id", "Content-Type", "X-Signature"]),
            st.text(alphabet=st.characters(max_codepoint=255), max_size=30),
        ),
        max_size=6,
    ),
    body=st.one_of(st.binary(max_size=100), st.sampled_from([b"[" * 9000, b"9" * 9000, b'{"id":[],"type":{}}', b'"\\ud800"'])),
    target=st.text(alphabet=st.characters(max_codepoint=255), max_size=60),
)  # fmt: skip
def test_hostile_bytes_never_raise(headers, body, target):
    recognise(make_delivery(headers=tuple(headers), body=body, target="/" + target), PROVIDERS)
