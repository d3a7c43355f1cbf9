from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.finding import Finding
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope_relay.delivery import Headers

Find = Callable[..., Finding | None]


def notion(kind: str = "page.content_updated", entity: str = "page", **data: Any) -> bytes:
    event = {
        "id": "e",
        "subscription_id": "s",
        "type": kind,
        "entity": {"id": "153104cd", "type": entity},
        "data": data,
    }
    return json.dumps(event, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("entity", "call"),
    [
        ("page", "/v1/pages/153104cd"),
        ("database", "/v1/databases/"),
        ("data_source", "/v1/data_sources/"),
        ("comment", "/v1/comments"),
    ],
)
def test_a_notion_event_says_what_must_be_fetched(find: Find, entity: str, call: str) -> None:
    finding = find("payload.sparse", 200, sent=notion(entity=entity))
    assert finding is not None
    assert call in finding.hint
    assert finding.evidence[0].start == notion(entity=entity).index(b'"entity"')


def test_a_full_payload_is_not_sparse(find: Find) -> None:
    assert find("payload.sparse", 200, sent=b'{"id": 1, "name": "all of it"}') is None


def test_several_changes_in_one_event_are_counted(find: Find) -> None:
    finding = find("payload.aggregated", 200, sent=notion(updated_blocks=[{"id": "a"}, {"id": "b"}, {"id": "c"}]))
    assert finding is not None
    assert "3 updated blocks" in finding.title
    assert find("payload.aggregated", 200, sent=notion(updated_blocks=[{"id": "a"}])) is None


def test_a_batch_of_events_is_aggregated(find: Find) -> None:
    assert find("payload.aggregated", 200, sent=b'[{"event":"open"},{"event":"click"}]') is not None


ZOOM = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8"}}'
TWITCH = (("Twitch-Eventsub-Message-Type", "webhook_callback_verification"),)
ASANA = (("X-Hook-Secret", "s3cr3t"),)
Given = tuple[int, bytes, Headers]


def ok(body: bytes) -> Given:
    return 200, body, ()


SLACK = b'{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRN"}'


def test_an_empty_answer_to_a_handshake_is_an_error(find: Find) -> None:
    finding = find("payload.handshake", 200, b"", sent=SLACK)
    assert finding is not None
    assert (finding.severity, finding.cause) == ("error", "handshake-unanswered")
    assert find("payload.handshake", 200, b'{"challenge":"3eZbrw1aBm2rZgRN"}', sent=SLACK) is None


def test_a_challenge_in_the_query_must_come_back_too(find: Find) -> None:
    target = "/hook?hub.mode=subscribe&hub.challenge=115820"
    assert find("payload.handshake", 200, b"ok", target=target, method="GET", sent=b"") is not None
    assert find("payload.handshake", 200, b"115820", target=target, method="GET", sent=b"") is None


@pytest.mark.parametrize(
    ("name", "sent", "sent_headers", "wrong", "right"),
    [
        ("monday", b'{"challenge":"3eZb"}', (), ok(b"{}"), ok(b'{"challenge":"3eZb"}')),
        ("zoom", ZOOM, (), ok(b"ok"), ok(b'{"plainToken":"qgg8","encryptedToken":"00"}')),
        ("twitch", b'{"challenge":"pog"}', TWITCH, ok(b""), ok(b"pog")),
        ("event-grid", b'[{"data":{"validationCode":"512d"}}]', (), ok(b""), ok(b'{"validationResponse":"512d"}')),
        ("asana", b"{}", ASANA, ok(b""), (200, b"", (("x-hook-secret", "s3cr3t"),))),
        ("asana", b"{}", ASANA, ok(b"s3cr3t"), (204, b"", ASANA)),
    ],
)
def test_each_providers_handshake_wants_its_own_back(
    find: Find, name: str, sent: bytes, sent_headers: Headers, wrong: Given, right: Given
) -> None:
    delivery = make_delivery(headers=(("Content-Type", "application/json"), *sent_headers), body=sent)
    recognition = recognise(delivery, load_providers(), name)
    for answer, is_told in ((wrong, True), (right, False)):
        finding = find("payload.handshake", *answer, sent=sent, sent_headers=delivery.headers, recognition=recognition)
        assert (finding is not None) is is_told


def test_notions_verification_token_is_recognised_and_not_shown(find: Find) -> None:
    finding = find("payload.verification-token", 200, sent=b'{"verification_token":"secret_abc"}')
    assert finding is not None
    assert "secret_abc" not in repr(finding)
