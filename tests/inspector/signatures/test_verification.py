from __future__ import annotations

import hmac
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.providers.registry import load_providers
from hookscope.signatures.mistakes.explain import explain
from hookscope.signatures.sign import make_test_key, sign
from hookscope.signatures.verification import REASONS, verify
from vectors.reading import load_vectors, parameters, to_delivery

PROVIDERS = load_providers()
VECTORS = load_vectors()
NOW = 1_790_000_000.0


def provider(name: str) -> Provider:
    found = PROVIDERS.resolve(name)
    assert found is not None
    return found


def signed(name: str, value: str, **changes: object):
    unsigned = make_delivery(headers=(("Content-Type", "application/json"),), **changes)
    return sign(unsigned, provider(name), Secret(name, "default", value), NOW)


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_has_its_expected_verdict(name):
    vector = VECTORS[name]
    found = provider(vector.get("scheme", vector["provider"]))
    delivery = to_delivery(vector)
    secret = Secret(found.name, "default", vector["secret"])
    verdict = verify(delivery, found, [secret], delivery.received_at, params=parameters(vector))
    assert (verdict.state == "verified") == (vector["expected"] == "valid"), verdict


@pytest.mark.parametrize(
    "name", [name for name, vector in VECTORS.items() if vector.get("scheme") != "airtable-rawkey"]
)
def test_a_vector_has_its_expected_verdict_by_its_provider_too(name):
    vector = VECTORS[name]
    found = provider(vector["provider"])
    delivery = to_delivery(vector)
    secret = Secret(found.name, "default", vector["secret"])
    verdict = verify(delivery, found, [secret], delivery.received_at, params=parameters(vector))
    assert (verdict.state == "verified") == (vector["expected"] == "valid"), verdict


def test_a_delivery_without_the_header_is_unsigned():
    assert verify(make_delivery(), provider("notion"), [Secret("notion", "", "x")], NOW).state == "unsigned"


def test_a_signed_delivery_without_a_configured_secret_says_so():
    delivery = signed("notion", "secret_x")
    assert verify(delivery, provider("notion"), [], NOW).state == "no-secret"
    assert verify(delivery, provider("notion"), [Secret("slack", "", "secret_x")], NOW).state == "no-secret"


def test_any_of_several_secrets_verifies_and_is_told_by_its_fingerprint():
    secrets = [Secret("notion", "old", "secret_old"), Secret("notion", "new", "secret_x")]
    verdict = verify(signed("notion", "secret_x"), provider("notion"), secrets, NOW)
    assert verdict.state == "verified"
    assert verdict.secret == secrets[1].fingerprint


@pytest.mark.parametrize(
    ("name", "headers", "reason"),
    [
        ("notion", {"X-Notion-Signature": "461e8cbc"}, "malformed"),
        ("notion", {"X-Notion-Signature": "sha256="}, "malformed"),
        ("notion", {"X-Notion-Signature": "sha256=zz"}, "malformed"),
        ("notion", {"X-Notion-Signature": "sha256=" + "0" * 64}, "mismatch"),
        ("slack", {"X-Slack-Signature": "v0=" + "0" * 64}, "missing-header"),
        ("stripe", {"Stripe-Signature": "t=1"}, "malformed"),
        ("stripe", {"Stripe-Signature": "t=1,v9=abc"}, "unknown-version"),
        ("standardwebhooks", {"webhook-signature": "v1,AAAA", "webhook-timestamp": "1"}, "missing-header"),
        ("box", {"box-signature-primary": "AAAA", "box-signature-version": "1", "box-delivery-timestamp": "x"}, "missing-header"),
        ("hubspot", {"X-HubSpot-Signature": "00", "X-HubSpot-Signature-Version": "v9"}, "unknown-version"),
        ("standardwebhooks", {"webhook-signature": "v1a,AAAA", "webhook-timestamp": "1", "webhook-id": "m"}, "wrong-key-kind"),
        ("box", {"box-signature-primary": "AAAA", "box-signature-version": "2", "box-delivery-timestamp": "x"}, "unknown-version"),
        ("discord", {"X-Signature-Ed25519": "00" * 64, "X-Signature-Timestamp": "1"}, "wrong-key-kind"),
        ("plaid", {"Plaid-Verification": "a.b"}, "malformed"),
        ("monday", {"Authorization": "eyJhbGciOiJub25lIn0.e30."}, "unknown-version"),
        ("paypal", {"PAYPAL-TRANSMISSION-SIG": "AA==", "PAYPAL-TRANSMISSION-TIME": "x", "PAYPAL-AUTH-ALGO": "SHA256withRSA"}, "parameter-missing"),
    ],
)  # fmt: skip
def test_a_rejection_says_why(name, headers, reason):
    delivery = make_delivery(headers=tuple(headers.items()))
    verdict = verify(delivery, provider(name), [Secret(name, "", "some secret")], NOW)
    assert (verdict.state, verdict.reason) == ("rejected", reason)
    assert reason in REASONS


@pytest.mark.parametrize(
    ("name", "value", "late", "reason"),
    [
        ("slack", "s", 300, ""),
        ("slack", "s", 301, "stale"),
        ("slack", "s", -300, ""),
        ("slack", "s", -301, "from-the-future"),
        ("stripe", "s", 301, "stale"),
        ("stripe", "s", -9999, ""),
        ("paddle", "s", 6, "stale"),
        ("box", "s", 601, "stale"),
        ("box", "s", -1, "from-the-future"),
        ("linear", "s", 61, "stale"),
        ("twitch", "s", 601, "stale"),
        ("webflow", "s", 301, "stale"),
        ("notion", "s", 1e9, ""),
    ],
)
def test_a_timestamp_is_judged_by_the_providers_tolerance(name, value, late, reason):
    body = b'{"webhookTimestamp": 1}' if name == "linear" else b"{}"
    delivery = signed(name, value, body=body)
    assert verify(delivery, provider(name), [Secret(name, "", value)], NOW + late).reason == reason


def test_a_spoilt_better_signature_is_not_saved_by_a_legacy_one():
    delivery = to_delivery(VECTORS["github-7"])
    both = replace(delivery, headers=(*delivery.headers, ("X-Hub-Signature-256", "sha256=" + "0" * 64)))
    secret = Secret("github", "", VECTORS["github-7"]["secret"])
    assert verify(delivery, provider("github"), [secret], NOW).scheme == "github-sha1"
    assert verify(both, provider("github"), [secret], NOW).state == "rejected"


def test_a_repeated_signature_header_is_refused_where_no_list_is_foreseen():
    delivery = signed("notion", "secret_x")
    doubled = replace(delivery, headers=(*delivery.headers, delivery.headers[-1]))
    assert verify(doubled, provider("notion"), [Secret("notion", "", "secret_x")], NOW).reason == "malformed"


def test_every_item_of_a_batch_must_hold():
    item = '{"NotificationRequestItem":{"pspReference":"%s","amount":{"value":1,"currency":"EUR"},"additionalData":{}}}'
    body = '{"notificationItems":[' + ",".join(item.replace("%s", name) for name in "ab") + "]}"
    key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
    adyen = provider("adyen-body")
    good = sign(make_delivery(body=body.encode()), adyen, Secret("adyen", "", key), NOW)
    bad = replace(good, body=good.body.replace(b'"pspReference":"b"', b'"pspReference":"c"'))
    assert verify(good, adyen, [Secret("adyen", "", key)], NOW).state == "verified"
    assert verify(bad, adyen, [Secret("adyen", "", key)], NOW).state == "rejected"


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://sns.us-east-2.amazonaws.com/x.pem", "verified"),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", "verified"),
        ("http://sns.us-east-2.amazonaws.com/x.pem", "rejected"),
        ("https://sns.a.s3.amazonaws.com/x.pem", "rejected"),
        ("https://sns.us-east-2.amazonaws.com@evil.example/x.pem", "rejected"),
        ("https://evil.example/sns.us-east-2.amazonaws.com", "rejected"),
    ],
)
def test_a_certificate_of_a_foreign_host_is_refused(url, state):
    vector = VECTORS["aws-sns-1"]
    delivery = to_delivery(vector)
    stated = b"https://sns.us-east-2.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem"
    moved = replace(delivery, body=delivery.body.replace(stated, url.encode()))
    verdict = verify(moved, provider("aws-sns"), [Secret("aws-sns", "", vector["secret"])], NOW)
    assert verdict.state == state


def test_the_url_that_was_called_may_be_told():
    delivery = signed("square", "key", url="https://registered.example/hook")
    elsewhere = replace(delivery, url="https://tunnel.example/hook")
    secrets = [Secret("square", "", "key")]
    assert verify(elsewhere, provider("square"), secrets, NOW).state == "rejected"
    told = verify(elsewhere, provider("square"), secrets, NOW, url="https://registered.example/hook")
    assert told.state == "verified"


def test_a_secret_shows_only_its_fingerprint():
    secret = Secret("notion", "default", "secret_abc")
    assert "secret_abc" not in repr(secret)
    assert secret.fingerprint in repr(secret)


SCHEMES: list[tuple[str, Scheme]] = [(one.name, scheme) for one in PROVIDERS for scheme in one.schemes]
HOSTILE = st.text(alphabet=st.characters(max_codepoint=255), max_size=200)


@settings(max_examples=150, deadline=None)
@given(
    which=st.sampled_from(SCHEMES),
    value=HOSTILE,
    other=HOSTILE,
    body=st.one_of(
        st.binary(max_size=300), st.sampled_from([b"[" * 5000, b'{"notificationItems":[1]}', b'{"signature":[]}'])
    ),
    secret=st.binary(max_size=60),
)
def test_hostile_bytes_never_raise(which, value, other, body, secret):
    name, scheme = which
    found = provider(name)
    headers = tuple((header.replace("*", "1"), value) for header in scheme.headers)
    beside = tuple((text, other) for text in ("Content-Type", "Host", scheme.timestamp.partition(".")[2] or "X"))
    delivery = make_delivery(headers=(*headers, *beside), body=body, url=other)
    verdict = verify(delivery, found, [Secret(name, "", secret)], NOW, params={"webhook_id": "1"})
    assert verdict.state in ("verified", "rejected", "unsigned")


def hmac_hex(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, "sha256").hexdigest()


def parts(**fields: str) -> bytes:
    part = '--XX\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    file = (
        '--XX\r\nContent-Disposition: form-data; name="attachment-1"; filename="a.txt"\r\n\r\nsignature\r\n--XX--\r\n'
    )
    return ("".join(part % pair for pair in fields.items()) + file).encode()


def test_mailguns_fields_are_read_from_a_multipart_body_too():
    body = parts(timestamp="1790000000", token="t", signature=hmac_hex(b"key", b"1790000000t"), event="opened")
    kind = (("Content-Type", 'multipart/form-data; boundary="XX"'),)
    verdict = verify(make_delivery(headers=kind, body=body), provider("mailgun"), [Secret("mailgun", "", "key")], NOW)
    assert (verdict.state, verdict.scheme) == ("verified", "mailgun-form")


@pytest.mark.parametrize(("secret", "scheme"), [("child", "mailgun"), ("parent", "mailgun-parent")])
def test_mailguns_parent_account_signs_beside_its_child(secret, scheme):
    signed_by = {
        name: {"timestamp": "1", "token": "t", "signature": hmac_hex(key, b"1t")}
        for name, key in (("signature", b"child"), ("parent-signature", b"parent"))
    }
    delivery = make_delivery(headers=(), body=json.dumps(signed_by).encode())
    verdict = verify(delivery, provider("mailgun"), [Secret("mailgun", "", secret)], NOW)
    assert (verdict.state, verdict.scheme) == ("verified", scheme)


@pytest.mark.parametrize("joined", [True, False])
def test_mollie_sends_several_signatures_in_one_header_or_in_several(joined):
    values = ["sha256=" + "0" * 64, "sha256=" + hmac_hex(b"s", b"{}")]
    headers = [("X-Mollie-Signature", value) for value in ([", ".join(values)] if joined else values)]
    delivery = make_delivery(headers=tuple(headers), body=b"{}")
    assert verify(delivery, provider("mollie"), [Secret("mollie", "", "s")], NOW).state == "verified"


def test_an_atlassian_token_may_stand_in_the_query():
    secret = Secret("jira", "", "shared")
    unsigned = make_delivery(headers=(), target="/hook?b=2&a=1", url="https://x.example/hook?b=2&a=1")
    made = sign(unsigned, provider("jira"), secret, NOW, scheme=provider("jira").scheme("atlassian-jwt-query"))
    assert "jwt=" in made.target
    assert "jwt=" in made.url
    assert verify(made, provider("jira"), [secret], NOW).state == "verified"
    moved = replace(made, url=made.url.replace("/hook", "/other"))
    assert verify(moved, provider("jira"), [secret], NOW).reason == "mismatch"


@pytest.mark.parametrize("version", ["", "3", "sha256"])
def test_a_message_of_amazon_sns_of_another_version_is_unknown(version):
    body = json.dumps({"Type": "Notification", "Signature": "AAAA", "SignatureVersion": version}).encode()
    verdict = verify(make_delivery(headers=(), body=body), provider("aws-sns"), [Secret("aws-sns", "", "x")], NOW)
    assert (verdict.state, verdict.reason) == ("rejected", "unknown-version")


def test_base64_of_a_public_keys_signature_is_taken_as_written():
    private, public = make_test_key("wise", provider("wise").schemes[0])
    made = sign(make_delivery(headers=()), provider("wise"), private, NOW)
    assert verify(made, provider("wise"), [public], NOW).state == "verified"
    ((name, value),) = made.headers
    bare = replace(made, headers=((name, value.rstrip("=")),))
    assert verify(bare, provider("wise"), [public], NOW).state == "rejected"
    assert [mistake.id for mistake in explain(bare, provider("wise"), [public], NOW).mistakes] == ["encoding-padding"]
