from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from factories import NOTION_BODY
from hookscope.model.secret import Secret
from hookscope.model.verdict import Verdict
from hookscope.pytest_plugin.cases import Options
from hookscope.pytest_plugin.clients.plain_response import PlainResponse
from hookscope.pytest_plugin.delivery import FixtureDelivery
from hookscope.signatures.verification import verify
from hookscope_relay.errors import InputError
from plugin_projects.making import SECRET, STRIPE_SECRET, open_delivery


class Application:
    """A WSGI application that keeps what it got."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        start_response("202 Accepted", [("Content-Type", "text/plain")])
        return [b"taken"]


def notion_signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def judge(delivery: FixtureDelivery, secret: str, now: float | None = None) -> Verdict:
    """What the provider's own check says of what is sent."""
    provider = delivery.signer.provider
    assert provider is not None
    sent = dataclasses.replace(
        delivery.capture.delivery,
        target=delivery.target,
        headers=delivery.headers,
        body=delivery.body,
        method=delivery.method,
    )
    return verify(sent, provider, [Secret("", "", secret)], now or time.time())


def test_it_says_what_it_is(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    assert (delivery.provider, delivery.event_type, delivery.method, delivery.target) == (
        "notion",
        "page.created",
        "POST",
        "/webhooks/notion",
    )
    assert delivery.body == NOTION_BODY
    assert delivery.json()["workspace_name"] == "Café"
    assert delivery.name == "notion/page.created-3f9a"
    assert repr(delivery) == f"<delivery notion/page.created-3f9a: POST /webhooks/notion, {len(NOTION_BODY)} bytes>"


def test_it_is_signed_with_the_secret_of_the_test(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    assert delivery.header("x-notion-signature") == notion_signature(NOTION_BODY)
    assert dict(delivery.capture.delivery.headers)["X-Notion-Signature"] == "sha256=" + "0" * 64


def test_sending_gives_the_response_and_the_exact_bytes(tmp_path: Path) -> None:
    application = Application()
    response = open_delivery(tmp_path).send(application)
    assert isinstance(response, PlainResponse)
    assert (response.status_code, response.text) == (202, "taken")
    assert application.bodies == [NOTION_BODY]
    assert application.environs[0]["HTTP_X_NOTION_SIGNATURE"] == notion_signature(NOTION_BODY)


def test_a_path_takes_the_place_of_path_and_query(tmp_path: Path) -> None:
    application = Application()
    delivery = open_delivery(tmp_path, target="/webhooks/notion?x=1")
    delivery.send(application)
    delivery.send(application, path="/hooks?y=2")
    delivery.send(application)
    assert [environ["RAW_URI"] for environ in application.environs] == [
        "/webhooks/notion?x=1",
        "/hooks?y=2",
        "/webhooks/notion?x=1",
    ]


def test_a_path_of_the_marker_is_the_default(tmp_path: Path) -> None:
    application = Application()
    delivery = open_delivery(tmp_path, options=Options(secret=SECRET, path="/hooks"))
    delivery.send(application)
    delivery.edited(path="/other").send(application)
    assert [environ["PATH_INFO"] for environ in application.environs] == ["/hooks", "/other"]


@pytest.mark.parametrize("target", ["", "?x=1"])
def test_an_empty_path_is_sent_as_a_slash(tmp_path: Path, target: str) -> None:
    application = Application()
    open_delivery(tmp_path, target=target).send(application)
    assert application.environs[0]["RAW_URI"] == "/" + target


@pytest.mark.parametrize("send", [True, False])
def test_a_path_without_a_slash_is_refused(tmp_path: Path, send: bool) -> None:
    delivery = open_delivery(tmp_path)
    with pytest.raises(InputError, match="does not begin with /; write it as /hooks"):
        delivery.send(Application(), path="hooks") if send else delivery.edited(path="hooks")


def test_what_is_no_client_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a int is no client that deliveries are sent through; give the test client"):
        open_delivery(tmp_path).send(3)


def test_edits_change_one_place_and_are_signed(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path).edited(set={"/attempt_number": 2, "/data/x": "é"})
    assert delivery.body == NOTION_BODY.replace(b'"attempt_number":1', b'"attempt_number":2').replace(
        b'"data":{}', '"data":{"x": "é"}'.encode()
    )
    assert delivery.header("X-Notion-Signature") == notion_signature(delivery.body)
    assert delivery.header("Content-Length") == str(len(delivery.body))


@pytest.mark.parametrize("body", [b'{"a":1}', '{"a":"\u00e9"}', b"", b"\xff\x00"])
def test_a_whole_body_is_taken_as_it_is(tmp_path: Path, body: bytes | str) -> None:
    delivery = open_delivery(tmp_path).edited(body=body)
    assert delivery.body == (body if isinstance(body, bytes) else body.encode())
    assert delivery.header("X-Notion-Signature") == notion_signature(delivery.body)


def test_headers_are_set_repeated_and_taken_away(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path).edited(
        headers=[("x-repeated", "three"), ("X-Repeated", "four"), ("X-New", "caf\u20ac"), ("User-Agent", None)]
    )
    pairs = [pair for pair in delivery.headers if pair[0].lower() in ("x-repeated", "x-new", "user-agent")]
    assert pairs == [("X-Repeated", "three"), ("X-Repeated", "four"), ("X-New", "caf\xe2\x82\xac")]


def test_a_signature_set_by_hand_stays(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path).edited(headers={"x-notion-signature": "sha256=bogus"})
    assert delivery.header("X-Notion-Signature") == "sha256=bogus"


def test_a_signature_taken_away_by_hand_stays_away(tmp_path: Path) -> None:
    assert open_delivery(tmp_path).edited(headers={"X-Notion-Signature": None}).header("X-Notion-Signature") == ""


def test_the_clients_own_host_is_used_unless_the_test_sets_one(tmp_path: Path) -> None:
    application = Application()
    delivery = open_delivery(tmp_path)
    delivery.send(application)
    delivery.edited(headers={"Host": "shop.example"}).send(application)
    assert [environ["HTTP_HOST"] for environ in application.environs] == ["testserver", "shop.example"]


def test_nothing_changes_a_delivery(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    before = (delivery.body, delivery.headers)
    for made in (
        delivery.edited(set={"/type": "x"}),
        delivery.tampered(),
        delivery.duplicate(),
        delivery.unsigned(),
    ):
        assert made is not delivery
    assert (delivery.body, delivery.headers) == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        delivery.name = "another"  # type: ignore[misc]


def test_a_duplicate_is_the_same_bytes_and_the_same_signature(tmp_path: Path) -> None:
    application = Application()
    delivery = open_delivery(tmp_path, "stripe")
    delivery.send(application)
    again = delivery.duplicate()
    again.send(application)
    assert (again.body, again.headers) == (delivery.body, delivery.headers)
    first, second = application.environs
    assert first["HTTP_STRIPE_SIGNATURE"] == second["HTTP_STRIPE_SIGNATURE"]
    assert "sent again" in repr(again)


def test_a_tampered_one_is_refused_and_looks_alike(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path)
    tampered = delivery.tampered()
    assert judge(delivery, SECRET).state == "verified"
    assert judge(tampered, SECRET).reason == "mismatch"
    assert len(tampered.body) == len(delivery.body)
    assert tampered.json().keys() == delivery.json().keys()


def test_edits_of_a_tampered_one_leave_it_tampered_with(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path).tampered().edited(set={"/type": "page.deleted"})
    assert judge(delivery, SECRET).reason == "mismatch"


def test_a_stale_one_is_rightly_signed_and_too_old(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path, "stripe")
    assert judge(delivery, STRIPE_SECRET).state == "verified"
    assert judge(delivery.stale(), STRIPE_SECRET).reason == "stale"
    assert judge(delivery.stale(age_s=60), STRIPE_SECRET).state == "verified"
    assert judge(delivery.stale(), STRIPE_SECRET, time.time() - 3900).state == "verified"


def test_what_has_no_timestamp_does_not_get_stale(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no timestamp, so it does not get stale; try \.duplicate\(\)"):
        _ = open_delivery(tmp_path).stale().body


def test_what_is_not_signed_anew_cannot_be_made_stale(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a stale signature has to be made first"):
        _ = open_delivery(tmp_path, "stripe", options=Options(resign=False)).stale().body


def test_an_unsigned_one_has_no_signature(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path).unsigned()
    assert judge(delivery, SECRET).state == "unsigned"
    assert delivery.body == NOTION_BODY


def test_a_key_pair_is_made_for_a_provider_that_signs_with_its_own(tmp_path: Path) -> None:
    delivery = open_delivery(tmp_path, "discord", options=Options())
    key: Any = load_pem_public_key(delivery.public_key.encode())
    message = delivery.header("X-Signature-Timestamp").encode() + delivery.body
    key.verify(bytes.fromhex(delivery.header("X-Signature-Ed25519")), message)
    assert open_delivery(tmp_path, "discord", options=Options()).public_key == delivery.public_key


def test_a_shared_secret_has_no_public_key(tmp_path: Path) -> None:
    assert open_delivery(tmp_path).public_key == ""


def test_the_url_of_the_client_is_signed(tmp_path: Path) -> None:
    application = Application()
    open_delivery(tmp_path, "twilio").send(application, path="/sms")
    text = "http://testserver/smsBodyHello thereFrom+15550001MessageSidSM1"
    expected = hmac.new(b"twilio-auth", text.encode(), hashlib.sha1).digest()
    assert application.environs[0]["HTTP_X_TWILIO_SIGNATURE"].encode() == base64.b64encode(expected)


def test_a_url_of_the_marker_is_signed_in_its_place(tmp_path: Path) -> None:
    application = Application()
    options = Options(secret="twilio-auth", url="https://shop.example/sms")
    open_delivery(tmp_path, "twilio", options=options).send(application)
    text = "https://shop.example/smsBodyHello thereFrom+15550001MessageSidSM1"
    expected = hmac.new(b"twilio-auth", text.encode(), hashlib.sha1).digest()
    assert application.environs[0]["HTTP_X_TWILIO_SIGNATURE"].encode() == base64.b64encode(expected)


def test_each_sending_is_kept(tmp_path: Path) -> None:
    application = Application()
    delivery = open_delivery(tmp_path)
    delivery.send(application)
    delivery.tampered().send(application)
    assert [exchange.words for exchange in delivery.exchanges] == ["", "tampered with"]
    assert [exchange.answer.status for exchange in delivery.exchanges if exchange.answer] == [202, 202]
