from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hookscope.api.credential import read_credential, secret_values
from hookscope.model.call import Call, Tie
from hookscope.tools.redaction.call import redact_call
from hookscope.tools.redaction.placeholders import Masks
from hookscope.tools.redaction.redactor import Redactor
from hookscope_relay.delivery import Answer, Headers

TOKEN = "ntn_" + "Q9" * 23


def call(headers: Headers, target: str = "/v1/x", body: bytes = b"", answer: bytes = b"{}") -> Call:
    return Call(
        api="notion",
        base="https://api.notion.com",
        method="POST",
        target=target,
        started_at=1.0,
        headers=headers,
        body=body,
        answer=Answer(
            status=200, headers=(("Content-Type", "application/json"), ("Set-Cookie", "sid=abcdef123456")), body=answer
        ),
        credential=read_credential(headers, target),
        tie=Tie(delivery="d", confidence=1.0, why=f"it names {TOKEN}"),
    )


def redacted(one: Call) -> Call:
    return redact_call(Redactor(Masks()), one, secret_values(one.headers, one.target))


def test_the_header_says_which_token_it_was() -> None:
    (name, value), *_ = redacted(call((("authorization", f"Bearer {TOKEN}"),))).headers
    assert name == "authorization"
    assert value.startswith("Bearer ntn_...Q9Q9 (fingerprint ")


@pytest.mark.parametrize(
    ("base", "target", "secret"),
    [
        ("https://hooks.slack.com", "/services/T01234567/B01234567/abcdefghijklmnopqrst", "abcdefghijklmnopqrst"),
        ("https://discord.com/api", "/webhooks/123456789012345678/" + "aB3" * 20, "aB3" * 20),
        ("https://api.telegram.org", "/bot123456789:AA" + "xY4" * 11 + "/getMe", "xY4" * 11),
    ],
)
def test_an_address_that_is_a_secret_is_taken_out_whether_its_host_stands_in_it_or_not(
    base: str, target: str, secret: str
) -> None:
    one = replace(call((), target, f'{{"echo": "{target}"}}'.encode()), base=base)
    assert secret in repr(one)
    assert secret not in repr(redacted(one))


def test_a_secret_without_a_shape_is_found_wherever_it_stands() -> None:
    secret = "plain-and-unknown-4711"
    body = json.dumps({"echo": secret, "nested": json.dumps({"x": secret})}).encode()
    found = redacted(call((("X-Api-Key", secret),), f"/v1/x?q={secret}", body, body))
    assert secret not in repr(found)


def test_tokens_in_bodies_paths_cookies_and_reasons_are_taken_out() -> None:
    body = json.dumps({"client_secret": "s3cr3t-of-a-client", "code": "x"}).encode()
    answer = json.dumps({"access_token": TOKEN, "refresh_token": "r-1234567890"}).encode()
    found = repr(
        redacted(call((("Content-Type", "application/json"),), f"/bot123456:AA{'x' * 33}/getMe", body, answer))
    )
    for secret in (TOKEN, "s3cr3t-of-a-client", "r-1234567890", "x" * 33, "abcdef123456"):
        assert secret not in found


def test_what_holds_no_secret_keeps_every_byte() -> None:
    one = call((("Accept", "x"),), body=b'{"a": 1}')
    assert (redacted(one).body, redacted(one).target) == (one.body, one.target)
