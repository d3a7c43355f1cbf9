"""Situations from public bug reports: what the diagnosis says of each, first finding first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answers import answer
from factories import make_delivery
from hookscope.diagnosis.case import Case, Policy
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model.capture import Failure
from hookscope.model.capture_file import from_mapping
from hookscope.model.finding import Finding
from hookscope.model.secret import Secret
from hookscope.model.verdict import Verdict
from hookscope.providers.registry import load_providers

Findings = Callable[..., tuple[Finding, ...]]
HTML = (("Content-Type", "text/html"),)
JSON = (("Content-Type", "application/json"),)
VERIFIED = Verdict(state="verified", provider="github", secret="s")  # a name
JETTY = b"<h2>HTTP ERROR 400 Provided signature [0000] did not match to calculated</h2><hr/><i>Powered by Jetty:// 12.0.22</i>"
CHALLENGE = "/hook?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=x"

FIRST: dict[str, tuple[dict[str, Any], str]] = {
    "a media type that exists nowhere (GitLab's Grape API)": (
        answer(
            415,
            b"The provided content-type 'applications/json' is not supported.",
            sent_headers=(("Content-Type", "applications/json"),),
        ),
        "request.content-type-misspelt",
    ),
    "Jenkins on Jetty refuses what verifies": (
        answer(400, JETTY, HTML, verdict=VERIFIED),
        "signature.handler-disagrees",
    ),
    "Meta's challenge is not signed": (
        answer(401, b'{"error":"Invalid signature"}', method="GET", sent=b"", target=CHALLENGE),
        "payload.handshake",
    ),
    "Xero takes no body": (
        answer(200, b"<script>debugbar</script>", policy=Policy(bare_answer=True)),
        "accepted.unwanted-answer",
    ),
    "Xero takes no cookie": (
        answer(200, headers=(("Set-Cookie", "sid=1"),), policy=Policy(bare_answer=True)),
        "accepted.unwanted-answer",
    ),
    "Xero is content with nothing": (answer(200, policy=Policy(bare_answer=True)), "accepted.ok"),
    "a hook runner's rules": (answer(200, b"Hook rules were not satisfied."), "accepted.error-body"),
    "PHP warns in plain text": (
        answer(200, b"\nWarning: Undefined array key 3 in /srv/hook.php on line 7\n", HTML),
        "accepted.error-body",
    ),
    "a servlet's login form": (
        answer(200, b"<html><form action='j_security_check'></form></html>", HTML),
        "accepted.login-page",
    ),
    "JSON counted in characters": (
        answer(200, b'{"name":"\xc3\xa9\xc3\xa8', (*JSON, ("Content-Length", "13"))),
        "transport.length-mismatch",
    ),
    "GraphQL's errors": (answer(200, b'{"errors":[{"message":"nope"}],"data":null}', JSON), "accepted.error-body"),
    "a batch of tRPC": (answer(207, b'[{"error":{"message":"no","code":-32600}}]', JSON), "accepted.error-body"),
    "JSON:API's errors": (
        answer(200, b'{ "errors" : [ {"status":"422","title":"no"} ] }', JSON),
        "accepted.error-body",
    ),
    "a problem that is answered as a success": (
        answer(200, b'{"type":"about:blank","title":"Bad Request","status":400}', JSON),
        "accepted.error-body",
    ),
    "an error inside a CloudEvent": (
        answer(200, b'{"specversion":"1.0","id":"1","source":"/","type":"t","data":{"success":false}}', JSON),
        "accepted.error-body",
    ),
    "a CloudEvent of success": (
        answer(200, b'{"specversion":"1.0","id":"1","source":"/","type":"t","data":{}}', JSON),
        "accepted.ok",
    ),
    "a GraphQL success": (answer(200, b'{"data":{"a":1}}', JSON), "accepted.ok"),
    "express.json() and application/cloudevents+json": (
        answer(
            500,
            b"<pre>TypeError: Cannot read properties of undefined (reading &#39;orderId&#39;)<br> &nbsp; &nbsp;at /app.js</pre>",
            (("X-Powered-By", "Express"), *HTML),
            sent_headers=(("Content-Type", "application/cloudevents+json"),),
        ),
        "media.type",
    ),
    "a handler that takes HTTP/2 over TLS only": (
        {
            "failure": Failure(
                kind="tls", detail="no TLS connection to 127.0.0.1:3000 (tlsv1 alert no application protocol)"
            )
        },
        "transport.not-http",
    ),
    "a handler that speaks HTTP/2 without TLS": (
        {"failure": Failure(kind="bad-response", detail="the bytes received start with \\x00\\x00\\x12\\x04")},
        "transport.not-http",
    ),
    "127.0.0.1 was dialled, ::1 listens": (
        {
            "failure": Failure(
                kind="refused", detail="nothing listens on 127.0.0.1:3000, but something does on [::1]:3000"
            )
        },
        "transport.ipv6-only",
    ),
}


@pytest.mark.parametrize(("values", "code"), FIRST.values(), ids=FIRST.keys())
def test_the_first_finding_is_the_fault(findings_of: Findings, values: dict[str, Any], code: str) -> None:
    assert findings_of(**values)[0].code == code, findings_of(**values)[0]


CAPTURES = json.loads((Path(__file__).parents[2] / "vectors" / "field_captures.json").read_text("utf-8"))


@pytest.mark.parametrize("name", CAPTURES)
def test_a_reported_capture_is_explained(name: str) -> None:
    report = CAPTURES[name]
    secrets = [Secret("", "default", report["secret"])] if report["secret"] else []
    first = diagnose(case_of(from_mapping(report["capture"], name), load_providers(), secrets))[0]
    assert first.code == report["code"]
    assert report["says"] in f"{first.title} {first.hint}"


def test_an_answer_that_the_provider_forbids_is_nothing_to_leave_as_it_is(findings_of: Findings) -> None:
    found = findings_of(status=200, body=b"<script>debugbar</script>", policy=Policy(bare_answer=True))
    assert "accepted.ok" not in [finding.code for finding in found]


def test_a_url_that_the_tunnel_shortened_is_no_fault_of_the_handler(findings_of: Findings) -> None:
    delivery = make_delivery(
        url="https://relay.example/abc/sms",
        target="/sms",
        headers=(("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", "x")),
        body=b"Body=hello",
    )
    verdict = Verdict(state="verified", provider="twilio", secret="s")
    first = findings_of(403, delivery=delivery, target="/sms", verdict=verdict, provider="twilio")[0]
    assert (first.code, first.layer) == ("signature.handler-disagrees", "tunnel")
    assert "takes /abc off its path" in first.hint
    assert "https://relay.example/sms" in first.hint
    assert "X-Forwarded-Prefix" in first.hint


@pytest.mark.parametrize(
    "body",
    [b'{"x":1E400}', b'{"x":"\\ud83d"}', b'{"x":"\\ud800"}', b'{"x":' + b"7" * 400 + b"}"],
    ids=["1E400", "half an emoji", "half a pair", "400 digits"],
)
def test_json_that_a_language_cannot_hold_is_valid_json(make_case: Callable[..., Case], body: bytes) -> None:
    case = make_case(200, b"ok", sent=body)
    assert case.request.state == "json"
    assert not [finding for finding in diagnose(case) if finding.cause == "invalid-json"]


@pytest.mark.parametrize("body", [b'{"x":NaN}', b'{"x":1E}', b'{"x":"\\ud83"}', b'{"x":"\\ud83d}'])
def test_what_only_looks_like_it_is_not(make_case: Callable[..., Case], body: bytes) -> None:
    assert make_case(200, b"ok", sent=body).request.state == "broken"


@pytest.mark.parametrize(
    "said",
    [
        "The Slack signature of your account page is shown below",
        "Set FUNCTION_SIGNATURE_TYPE to http",
        "No overload of the function signature matches",
    ],
)
def test_words_are_read_within_their_bounds(findings_of: Findings, said: str) -> None:
    first = findings_of(400, said.encode())[0]
    assert first.cause not in {"signature-missing", "signature-rejected", "overloaded"}, first


@pytest.mark.parametrize(
    ("said", "sent", "hint"),
    [
        (b"Timestamp too old", JSON, "compare its unit"),
        (b"Missing X-Acme-Signature header", JSON, "The handler looks for X-Acme-Signature"),
        (b"Invalid signature", (("Content-Type", "application/x-www-form-urlencoded"),), "This delivery is a form"),
        (b"Invalid signature", JSON, "the raw body"),
    ],
)
def test_the_handlers_own_words_outrank_general_advice(
    findings_of: Findings, said: bytes, sent: tuple[tuple[str, str], ...], hint: str
) -> None:
    first = findings_of(401, said, verdict=VERIFIED, sent_headers=(*sent, ("X-Hub-Signature-256", "sha256=1")))[0]
    assert first.code == "signature.handler-disagrees"
    assert hint in first.hint


@pytest.mark.parametrize(("status", "advised"), [(400, False), (422, False), (500, True)])
def test_only_who_answered_500_is_told_not_to(findings_of: Findings, status: int, advised: bool) -> None:
    first = findings_of(status, b"Unexpected end of JSON input", sent=b'{"a":')[0]
    assert first.cause == "bad-json"
    assert ("not 500" in first.hint) is advised
