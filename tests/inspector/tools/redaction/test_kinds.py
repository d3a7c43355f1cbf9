"""Each kind of secret is planted in each place that a delivery has, and must be in no file afterwards."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from factories import make_delivery
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.text.pattern import compile_pattern
from hookscope.tools.redaction.kinds import (
    KINDS,
    SHORTEST,
    _spellings,
    compiled,
    matches,
    present,
    present_in_any_spelling,
    without_capitals,
)
from hookscope.tools.redaction.placeholders import Placeholders
from hookscope.tools.redaction.redactor import Redactor

LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCfLqTbDhFkGnRsVwXyZ"
LONG = LETTERS * 3
LOWER = "a1b2c3d4e5f6a7b8c9d0" * 4
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"

# What a text with such a secret looks like, in pieces so that no scanner takes this file for a leak, and the secret in
# it where that is not all of it.
SAMPLES: dict[str, tuple[str, ...]] = {
    "stripe-key": ("sk_", "live_", LETTERS[:24]),
    "webhook-signing-secret": ("whsec", "_", LETTERS[:32]),
    "square-token": ("sq0", "atp-", LETTERS[:22]),
    "square-access-token": ("EAAA", LONG[:60]),
    "braintree-token": ("access_token", "$production$", LOWER[:16], "$", LOWER[:32]),
    "razorpay-key": ("rzp_", "live_", LETTERS[:14]),
    "flutterwave-key": ("FLWSECK", "_TEST-", LOWER[:32], "-X"),
    "plaid-token": ("access-", "production-", UUID),
    "adyen-api-key": ("AQE", "yhmfxK4PJahZCw0m", "/n3Q5qf3VaY9UCJ1+XWZe9W27jmlZiniYHPZ+YfXWVhgdPU=-rM5eE"),
    "github-token": ("ghp", "_", LETTERS[:36]),
    "github-fine-grained-token": ("github", "_pat_", LETTERS[:22], "_", LONG[:59]),
    "gitlab-token": ("glpat", "-", LETTERS[:20]),
    "bitbucket-token": ("ATBB", LETTERS[:32]),
    "npm-token": ("npm", "_", LETTERS[:36]),
    "pypi-token": ("pypi", "-", LONG[:80]),
    "rubygems-key": ("rubygems", "_", LOWER[:48]),
    "docker-token": ("dckr", "_pat_", LETTERS[:27]),
    "buildkite-token": ("bkua", "_", LOWER[:40]),
    "sentry-token": ("sntrys", "_", LONG[:60]),
    "slack-token": ("xox", "b-", "123456789012-", LETTERS[:24]),
    "slack-app-token": ("xapp", "-1-", "A0123-", LOWER[:40]),
    "slack-webhook-url": ("https://hooks.slack.com/", "services/", "T0AAAAAAA/B0BBBBBBB/", LETTERS[:24]),
    "discord-webhook-url": ("https://discord.com/api/", "webhooks/", "123456789012345678/", LONG[:68]),
    "discord-bot-token": ("MTIzNDU2Nzg5MDEyMzQ1Njc4", ".", "GaBcDe", ".", LETTERS[:38]),
    "teams-webhook-url": ("https://corp.webhook.office.com/", f"webhookb2/{UUID}@{UUID}/IncomingWebhook/", LOWER[:32]),
    "telegram-bot-token": ("123456789", ":AA", LETTERS[:33]),
    "notion-token": ("ntn", "_", LETTERS[:43]),
    "notion-secret": ("secret", "_", LETTERS[:43]),
    "linear-key": ("lin", "_api_", LETTERS[:40]),
    "airtable-token": ("pat", LETTERS[:14], ".", LOWER[:64]),
    "asana-token": ("1/", "1200000000000001", ":", LOWER[:32]),
    "figma-token": ("figd", "_", LETTERS[:40]),
    "atlassian-token": ("ATATT3", LONG[:100], "=1A2B3C4D"),
    "postman-key": ("PMAK", "-", LOWER[:24], "-", LOWER[:34]),
    "hubspot-token": ("pat-", "na1-", UUID),
    "contentful-token": ("CFPAT", "-", LETTERS[:43]),
    "dropbox-token": ("sl", ".", LONG[:130]),
    "facebook-token": ("EAA", "C", LONG[:120]),
    "shopify-token": ("shpat", "_", LOWER[:32]),
    "sendgrid-key": ("SG", ".", LETTERS[:22], ".", LETTERS[:43]),
    "mailgun-key": ("key", "-", LOWER[:32]),
    "mailchimp-key": (LOWER[:32], "-us", "12"),
    "resend-key": ("re", "_", LETTERS[:8], "_", LETTERS[:24]),
    "twilio-key": ("SK", LOWER[:32]),
    "brevo-key": ("xkeysib", "-", LOWER[:64], "-", LETTERS[:16]),
    "aws-access-key-id": ("AKIA", "IOSFODNN7EXAMPL3"),
    "aws-secret-key": ("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYz3X4MPL3K3"),
    "aws-presigned-url": ("https://b.s3.amazonaws.com/k?X-Amz-", "Signature=", LOWER[:64]),
    "azure-sas": ("https://x.blob.core.windows.net/c?sv=2024&", "sig=", LETTERS[:43]),
    "azure-account-key": ("DefaultEndpointsProtocol=https;AccountName=x;", "AccountKey=", LONG[:86], "=="),
    "google-api-key": ("AIza", LETTERS[:35]),
    "google-access-token": ("ya29", ".", LONG[:80]),
    "google-refresh-token": ("1//0", LONG[:60]),
    "google-client-secret": ("GOCSPX", "-", LETTERS[:28]),
    "digitalocean-token": ("dop", "_v1_", LOWER[:64]),
    "heroku-key": ("HRKU", "-", LETTERS[:40]),
    "fly-token": ("FlyV1 ", "fm2_", LONG[:80]),
    "supabase-key": ("sbp", "_", LOWER[:40]),
    "planetscale-token": ("pscale", "_tkn_", LETTERS[:43]),
    "databricks-token": ("dapi", LOWER[:32]),
    "vault-token": ("hvs", ".", LONG[:90]),
    "terraform-token": (LETTERS[:14], ".atlasv1.", LONG[:67]),
    "pulumi-token": ("pul", "-", LOWER[:40]),
    "doppler-token": ("dp", ".pt.", LETTERS[:43]),
    "grafana-token": ("glsa", "_", LETTERS[:32], "_a1b2c3d4"),
    "newrelic-key": ("NRAK", "-", LETTERS[:27].upper()),
    "anthropic-key": ("sk", "-ant-", "api03-", LONG[:93]),
    "openai-key": ("sk", "-proj-", LETTERS[:48]),
    "huggingface-token": ("hf", "_", LETTERS[:34]),
    "groq-key": ("gsk", "_", LETTERS[:50]),
    "replicate-token": ("r8", "_", LETTERS[:37]),
    "json-web-token": ("eyJhbGciOiJIUzI1NiJ9", ".", "eyJzdWIiOiIxMjM0In0", ".", LETTERS[:43]),
    "private-key": ("-----BEGIN RSA PRIV", "ATE KEY----- ", LONG, " -----END RSA PRIV", "ATE KEY-----"),
    "age-key": ("AGE-SECRET", "-KEY-1", LONG[:58].upper()),
    "bearer-credentials": ("curl with Bearer ", LETTERS[:20]),
    "basic-credentials": ("sent Basic ", base64.b64encode(b"ann:correct horse").decode()),
    "okta-credentials": ("SSWS ", "00", LETTERS[:40]),
    "password-in-url": ("postgres://app:", "c0rrect-h0rse", "@db.corp.example/app"),
    "token-in-url": ("https://api.corp.example/v1?page=2&access_token=", LETTERS[:16]),
    "named-in-text": ("config says 'password' : 'correct horse battery'",),
    "assigned-in-text": ("login with password=c0rrect-h0rse please",),
    "xml-element": ("<login><password>correct horse battery</password></login>",),
}
SECRET_PART = {
    "slack-webhook-url": LETTERS[:24],
    "discord-webhook-url": LONG[:68],
    "teams-webhook-url": LOWER[:32],
    "aws-secret-key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYz3X4MPL3K3",
    "aws-presigned-url": LOWER[:64],
    "azure-sas": LETTERS[:43],
    "azure-account-key": LONG[:86],
    "fly-token": LONG[:80],
    "private-key": LONG,
    "bearer-credentials": LETTERS[:20],
    "basic-credentials": base64.b64encode(b"ann:correct horse").decode(),
    "okta-credentials": LETTERS[:40],
    "password-in-url": "c0rrect-h0rse",
    "token-in-url": LETTERS[:16],
    "named-in-text": "correct horse battery",
    "assigned-in-text": "c0rrect-h0rse",
    "xml-element": "correct horse battery",
}
PLACES = (
    "header",
    "query",
    "path",
    "json",
    "json key",
    "form",
    "multipart",
    "nested json",
    "twice nested json",
    "text",
)

REDACTOR = Redactor(Placeholders(b"k" * 32))


def planted(text: str, place: str) -> Capture:
    """A delivery that holds the text in one place, in a field that says nothing about it."""
    json_type = (("Content-Type", "application/json"),)
    nested = json.dumps({"note": text})
    parts = f'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n{text}\r\n--b--\r\n'
    changes = {
        "header": {"headers": (("X-Note", text),)},
        "query": {"target": f"/hook?a=1&note={quote(text)}&b=2"},
        "path": {"target": f"/hook/{quote(text, safe='')}"},
        "json": {"body": json.dumps({"note": text}).encode(), "headers": json_type},
        "json key": {"body": json.dumps({text: 1}).encode(), "headers": json_type},
        "form": {
            "body": f"a=1&note={quote_plus(text)}".encode(),
            "headers": (("Content-Type", "application/x-www-form-urlencoded"),),
        },
        "multipart": {"body": parts.encode(), "headers": (("Content-Type", "multipart/form-data; boundary=b"),)},
        "nested json": {"body": json.dumps({"payload": nested}).encode(), "headers": json_type},
        "twice nested json": {"body": json.dumps({"p": json.dumps({"q": nested})}).encode(), "headers": json_type},
        "text": {"body": f"first line\n{text}\nlast".encode(), "headers": (("Content-Type", "text/plain"),)},
    }[place]
    return Capture(delivery=make_delivery(**{"url": "", **changes}))


def spellings(secret: str) -> set[str]:
    return {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}


def test_every_kind_has_a_sample_and_there_are_more_than_fifty() -> None:
    assert set(SAMPLES) == {kind.name for kind in KINDS}
    assert len(KINDS) == len({kind.name for kind in KINDS}) >= 50


@pytest.mark.parametrize("place", PLACES)
def test_no_planted_secret_is_in_the_file(place: str) -> None:
    left = []
    for name, pieces in SAMPLES.items():
        text = "".join(pieces)
        secret = SECRET_PART.get(name, text)
        capture = planted(text, place)
        assert any(spelling in dumps(capture) for spelling in spellings(secret)), (name, "was not planted")
        file = dumps(REDACTOR.redact(capture).capture)
        left += [name for spelling in spellings(secret) if spelling in file]
    assert left == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_sample_is_of_its_kind_and_has_its_mark(kind: object) -> None:
    text = "".join(SAMPLES[kind.name])
    assert kind in present(text)
    assert next(matches(kind, text, without_capitals(text)), None)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_is_seen_through_escapes(kind: object) -> None:
    text = "".join(SAMPLES[kind.name])
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
    encoded = "".join(f"%{byte:02x}" for byte in text.encode())
    for spelling in (escaped, encoded, quote_plus(text), json.dumps(text).replace("/", "\\/")):
        assert kind in present_in_any_spelling(spelling.encode())
    assert len(text) > SHORTEST


@pytest.mark.parametrize("before", ["", "%", "%2", "%25", "\\u", "\\u00", "\\u000", "\\/", "+", "K%31"])
@pytest.mark.parametrize("padding", [10, 70_000], ids=["short", "long"])
def test_a_mark_is_seen_wherever_an_escape_takes_its_beginning(before: str, padding: int) -> None:
    """Held against each spelling searched for every kind."""
    for mark in {mark for kind in KINDS for mark in kind.marks}:
        text = before + mark + "=" * padding
        everywhere = {kind for spelling in _spellings(text) for kind in present(spelling)}
        assert set(present_in_any_spelling(text.encode())) == everywhere, text[:40]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_mark_is_seen_in_a_long_text_as_in_a_short_one(kind: object) -> None:
    for mark in kind.marks:
        for spelling in (mark, mark.upper()) if kind.any_case else (mark,):
            assert kind in present(spelling + "=" * 70_000)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    "before", ["", "\u0130 ", "\udcff "], ids=["plain", "a letter that is two when small", "a byte"]
)
def test_a_kind_lies_where_its_pattern_says(kind: object, before: str) -> None:
    sample = "".join(SAMPLES[kind.name])
    for spelt in (sample, sample.upper(), sample.lower(), sample.swapcase()):
        text = f"{before}{spelt} {spelt}"
        found = [match.span() for match in matches(kind, text, without_capitals(text))]
        assert found == [match.span() for match in compile_pattern(kind.pattern).finditer(text)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_pattern_takes_no_longer_than_a_text_is_long(kind: object) -> None:
    pattern = compiled(kind)
    sample = "".join(SAMPLES[kind.name])
    for unit in (
        *kind.marks,
        sample[: len(sample) // 2],
        "a",
        "-",
        "://",
        "&token=",
        "<a ",
        "-----BEGIN PRIVATE KEY-----",
    ):
        text = unit * (100_000 // len(unit))
        started = time.perf_counter()
        sum(1 for _ in pattern.finditer(text))
        assert time.perf_counter() - started < 2, unit


@pytest.mark.parametrize(
    "text",
    [
        "the token was rotated, see the password policy",
        "Risk-assessment-of-the-project-in-the-first-quarter",
        "https://github.com/org/repo/commit/0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c",
        "sha256=b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        "367cba44-b6f3-4c92-81e7-6a2e9659efd4",
        "secret_santa",
        "path/to/key_file.py: 12",
        "git@github.com:org/repo.git",
        "in_1MtHbELkdIwHu7ixl4OzzPMv",
    ],
)
def test_other_words_stay(text: str) -> None:
    capture = planted(text, "json")
    assert REDACTOR.redact(capture).capture == capture
