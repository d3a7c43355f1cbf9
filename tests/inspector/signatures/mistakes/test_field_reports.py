"""Situations of public reports: who said what, what arrived, what was configured,
and the mistake that is to be named first.

`tests/vectors/field_reports.json` has the reports; below are more of the same kinds, signed here by `hmac` alone.
"""

from __future__ import annotations

import base64
import hmac
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from factories import make_delivery
from hookscope.model.secret import Secret
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope.signatures.mistakes.explain import explain

PROVIDERS = load_providers()
NOW = 1_795_000_001.0
REPORTS = json.loads((Path(__file__).parents[4] / "tests" / "vectors" / "field_reports.json").read_text("utf-8"))
CONNECT = Secret("stripe", "connect", "whsec_FieldConnect77c0ffee77c0ffee77")


def make_https(**changes):
    return make_delivery(**{"scheme": "https", "url": ""} | changes)


def explained(delivery, secret: bytes | str, provider: str = ""):
    found = PROVIDERS.demand(provider or recognise(delivery, PROVIDERS).provider)
    value = secret.encode() if isinstance(secret, str) else secret
    verdict = explain(delivery, found, [Secret(found.name, "", value)], NOW, (CONNECT,), clock=lambda: 0.0)
    return verdict, [mistake.id for mistake in verdict.mistakes]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report["name"])
def test_a_reported_situation_is_explained(report):
    headers = tuple((name, value) for name, value in report["headers"])
    delivery = make_https(
        method=report["method"], target=report["target"], headers=headers, body=report["body"].encode(), received_at=NOW
    )
    verdict, found = explained(delivery, report["secret"].removesuffix("\n"))
    assert found[: len(report["mistakes"])] == report["mistakes"], verdict
    assert (verdict.state == "verified") == (report["mistakes"] == [])


def test_what_cannot_be_proved_is_said_as_advice():
    by_name = {report["name"]: report for report in REPORTS}
    report = by_name["shopify-admin-webhook-app-secret"]
    headers = tuple((name, value) for name, value in report["headers"])
    verdict, _ = explained(make_https(headers=headers, body=report["body"].encode()), report["secret"])
    assert "two kinds of webhooks" in verdict.mistakes[0].detail
    assert verdict.mistakes[0].confidence <= 0.5


KEY = "s3cret/with+signs=&more=="
BODY = '{"id":"evt_1","note":"café 😀 https://x.example/a 50% <b> a@b.example","amount":100,"rate":1.5}'
GITHUB = (("X-GitHub-Event", "push"), ("Content-Type", "application/json"))


def github(signed: bytes, arrived: bytes, key: bytes):
    digest = hmac.digest(key, signed, "sha256").hex()
    return make_https(headers=(*GITHUB, ("X-Hub-Signature-256", f"sha256={digest}")), body=arrived)


def meta(text: str) -> str:
    escaped = json.dumps(json.loads(text), separators=(",", ":")).replace("/", "\\/")
    return escaped.replace("<", "\\u003C").replace("@", "\\u0040").replace("%", "\\u0025")


BODIES = (
    ("body-reserialized", lambda text: meta(text).encode(), str.encode),
    ("body-base64", str.encode, lambda text: base64.b64encode(text.encode())),
    ("body-base64", str.encode, lambda text: base64.b64encode(base64.b64encode(text.encode()))),
    ("body-base64", str.encode, lambda text: json.dumps({"isBase64Encoded": True, "body": base64.b64encode(text.encode()).decode()}).encode()),
    ("body-charset", lambda text: text.encode().decode("latin-1").encode(), str.encode),
    ("body-charset", lambda text: text.encode("ascii", "replace"), str.encode),
    ("body-charset", lambda text: bytes(byte if byte < 128 else 63 for byte in text.encode()), str.encode),
    ("body-charset", lambda text: bytes(byte & 127 for byte in text.encode()), str.encode),
    ("body-number-changed", lambda text: text.replace("100", "1E2").encode(), str.encode),
    ("body-number-changed", lambda text: text.replace("100", "1E+2").encode(), str.encode),
    ("body-number-changed", lambda text: text.replace("100", "100.0").encode(), str.encode),
)  # fmt: skip


@pytest.mark.parametrize(("mistake", "signed", "arrived"), BODIES)
def test_what_happened_to_a_body_is_proved(mistake, signed, arrived):
    delivery = github(signed(BODY), arrived(BODY), KEY.encode())
    assert explained(delivery, KEY)[1][0] == mistake


@pytest.mark.parametrize(
    "joined", ["[{0},\r\n{1}\r\n]\r\n", "[{0}\r\n,{1}]", "[{0},\n{1}]\n", "{0}\n{1}\n", "[\r\n{0},\r\n{1}\r\n]"]
)
def test_the_line_ends_of_a_batch_are_found(joined):
    events = ['{"event":"processed","sg_event_id":"a"}', '{"event":"open","sg_event_id":"b"}']
    signed = joined.replace("{0}", events[0]).replace("{1}", events[1]).encode()
    delivery = github(signed, json.dumps([json.loads(event) for event in events]).encode(), KEY.encode())
    assert explained(delivery, KEY)[1][0] == "body-reserialized"


SECRETS = (
    ("a&b<c>d\"e'f==", "a&amp;b&lt;c&gt;d&quot;e&#x27;f==", "secret-escaped"),
    ("abc+def/ghi==", "abc\\u002Bdef\\u002Fghi\\u003D\\u003D", "secret-escaped"),
    ("abc/def", "abc\\/def", "secret-escaped"),
    ("pa$word$x", "pa$$word$$x", "secret-escaped"),
    ("half%full", "half%%full", "secret-escaped"),
    ("pa$$word", "pa31337word", "secret-expanded"),
    ("pa$1word9", "paword9", "secret-expanded"),
    ("plain-secret", "plain-secret # the webhook", "secret-quoted"),
    ("plain-secret", "plain-secret\r", "secret-whitespace"),
    ("plain-secret", "v1,plain-secret", "secret-prefix-kept"),
)


@pytest.mark.parametrize(("right", "configured", "mistake"), SECRETS)
def test_what_happened_to_a_secret_is_proved(right, configured, mistake):
    delivery = github(BODY.encode(), BODY.encode(), right.encode())
    assert explained(delivery, configured)[1][0] == mistake


OTHER_KEYS = (
    ("github", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "secret-is-api-token"),
    ("github", "$GITHUB_WEBHOOK_SECRET", "secret-is-placeholder"),
    ("github", "${{ secrets.WEBHOOK_SECRET }}", "secret-is-placeholder"),
    ("github", "process.env.WEBHOOK_SECRET", "secret-is-placeholder"),
    ("github", "GITHUB_WEBHOOK_SECRET", "secret-is-placeholder"),
    ("github", "your-webhook-secret-here", "secret-is-placeholder"),
    ("github", "a perfectly good secret", "body-changed"),
)


@pytest.mark.parametrize(("provider", "configured", "mistake"), OTHER_KEYS)
def test_another_kind_of_key_is_known_by_its_form(provider, configured, mistake):
    delivery = github(BODY.encode(), BODY.encode(), b"the right one")
    assert explained(delivery, configured, provider)[1][0] == mistake


@pytest.mark.parametrize(
    ("configured", "is_called"),
    [
        ("1234567890123456789", "application id"),
        ("MTExMTExMTExMTExMTExMTEx.Gabcde.abcdefghijklmnopqrstuvwxyz0", "bot token"),
    ],
)
def test_discords_other_keys_are_named(configured, is_called):
    headers = (("X-Signature-Ed25519", "0" * 128), ("X-Signature-Timestamp", "1795000000"))
    verdict, found = explained(make_https(headers=headers, body=b'{"type":2}'), configured, "discord")
    assert found[0] == "secret-is-api-token"
    assert is_called in verdict.mistakes[0].detail


URL = "https://hooks.example.org/api/sms?From=%2B15005550006&Body=It%27s%20~%2A%40%3A%21"
URLS = (
    ("url-encoding", URL.replace("%2B", "+"), ()),
    ("url-encoding", URL.replace("%2B", "%20"), ()),
    ("url-encoding", URL.replace("%27", "'"), ()),
    ("url-encoding", URL.replace("%2A", "*"), ()),
    ("url-encoding", URL.replace("~", "%7E"), ()),
    ("url-encoding", URL.replace("%40", "@").replace("%3A", ":"), ()),
    ("url-encoding", URL.replace("%20", "+"), ()),
    ("url-path", URL.replace("/api", ""), ()),
    ("url-path", URL.replace("/api/", "/"), (("X-Forwarded-Prefix", "/api"),)),
    ("url-path", URL.replace("/api/sms", "/internal"), (("X-Original-URI", "/api/sms"),)),
    ("url-scheme", URL.replace("https", "http"), ()),
)


@pytest.mark.parametrize(("mistake", "arrived", "headers"), URLS)
def test_the_form_of_the_url_that_was_signed_is_found(mistake, arrived, headers):
    signature = base64.b64encode(hmac.digest(b"token", URL.encode(), "sha1")).decode()
    target = "/" + arrived.partition("://")[2].partition("/")[2]
    made = make_https(
        method="GET", url=arrived, target=target, headers=(("X-Twilio-Signature", signature), *headers), body=b""
    )
    assert explained(made, "token", "twilio")[1][0] == mistake


def test_credentials_of_the_url_arrive_as_a_header():
    signed = f"https://hook:{quote('p@ss/1', safe='')}@hooks.example.org/voice"
    signature = base64.b64encode(hmac.digest(b"token", signed.encode(), "sha1")).decode()
    basic = "Basic " + base64.b64encode(b"hook:p@ss/1").decode()
    headers = (("Host", "hooks.example.org"), ("Authorization", basic), ("X-Twilio-Signature", signature))
    assert explained(make_https(target="/voice", headers=headers, body=b""), "token", "twilio")[1][0] == "url-host"


@pytest.mark.parametrize("written", ["1795000000123.0", "1.795000000123E12", "1.795000000123e+12", "1795000000"])
def test_a_timestamp_that_went_through_a_number_is_found(written):
    stamp = "1795000000123"
    message = b"POST" + b"https://hooks.example.org/hs" + BODY.encode() + written.encode()
    signature = base64.b64encode(hmac.digest(b"key", message, "sha256")).decode()
    headers = (("X-HubSpot-Request-Timestamp", stamp), ("X-HubSpot-Signature-v3", signature))
    made = make_https(url="https://hooks.example.org/hs", target="/hs", headers=headers, body=BODY.encode())
    assert explained(made, "key", "hubspot")[1][0] == "timestamp-unit"
