"""APIs' refusals inside handlers' answers: each in the wrappings that frameworks make of them."""

from __future__ import annotations

import html
import json

import pytest

from hookscope.api.quotation import find_quotation, unwrap

NOTION = json.dumps({"object": "error", "status": 404, "code": "object_not_found", "message": "Could not find page."})
SLACK = "The request to the Slack API failed. (url: https://slack.com/api/chat.postMessage)\nThe server responded with: {'ok': False, 'error': 'not_in_channel'}"

WRAPPED = [
    ("raw", NOTION, "notion", "not-shared"),
    ("in a string", json.dumps({"error": NOTION}), "notion", "not-shared"),
    ("in a string in a string", json.dumps({"detail": json.dumps({"body": NOTION})}), "notion", "not-shared"),
    ("with unicode escapes", json.dumps({"e": NOTION}).replace('\\"', "\\u0022"), "notion", "not-shared"),
    ("FastAPI's detail", json.dumps({"detail": f"notion said {NOTION}"}), "notion", "not-shared"),
    (
        "a page of Werkzeug",
        f"<!doctype html><title>x // Werkzeug Debugger</title><pre>{html.escape(NOTION)}</pre>",
        "notion",
        "not-shared",
    ),
    (
        "a page of Django",
        f"<title>APIResponseError at /hook</title><pre class='exception_value'>{html.escape('Could not find page with ID: x. Make sure the relevant pages and databases are shared with your integration.')}</pre>",
        "notion",
        "not-shared",
    ),
    (
        "a stack of Express",
        "APIResponseError: API token is invalid.\n    at buildRequestError (/app/node_modules/@notionhq/client/build/src/errors.js:167:16) {\n  code: 'unauthorized',\n  status: 401 }",
        "notion",
        "token-stale",
    ),
    (
        "a page of Express",
        "<pre>APIResponseError: API token is invalid.<br> &nbsp; at /app/node_modules/@notionhq/client/build/src/errors.js</pre>",
        "notion",
        "token-stale",
    ),
    (
        "a traceback",
        "notion_client.errors.APIResponseError: Insufficient permissions for this endpoint.",
        "notion",
        "capability-missing",
    ),
    ("a log line", f"2026-11-29 ERROR api.notion.com answered 404: {NOTION}", "notion", "not-shared"),
    ("Python's way to print", f"RuntimeError: {json.loads(NOTION)!r} APIResponseError", "notion", "not-shared"),
    ("Slack from Python", f"slack_sdk.errors.SlackApiError: {SLACK}", "slack", "not-shared"),
    (
        "Slack from Node",
        "Error: An API error occurred: channel_not_found\n  at platformErrorFromResult (/app/node_modules/@slack/web-api/dist/errors.js)",
        "slack",
        "not-shared",
    ),
    (
        "Stripe from Python",
        "stripe._error.InvalidRequestError: Request req_1: No such customer: 'cus_1'",
        "stripe",
        "entity-not-found",
    ),
    ("Stripe from Node", "StripeAuthenticationError: Invalid API Key provided: sk_test_***", "stripe", "token-stale"),
    ("Octokit", "HttpError: Bad credentials - https://docs.github.com/rest", "github", "token-stale"),
    (
        "PyGithub",
        'github.GithubException.UnknownObjectException: 404 {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}',
        "github",
        "not-shared",
    ),
    (
        "Google",
        '<HttpError 403 when requesting https://sheets.googleapis.com/v4/x returned "The caller does not have permission">',
        "google",
        "not-shared",
    ),
    (
        "OpenAI",
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'code': 'insufficient_quota'}}",
        "openai",
        "payment-required",
    ),
]


@pytest.mark.parametrize(("name", "text", "api", "cause"), WRAPPED, ids=[row[0] for row in WRAPPED])
def test_a_refusal_is_found_in_its_wrapping(name: str, text: str, api: str, cause: str) -> None:
    found = find_quotation(text, 500)
    assert found is not None
    assert (found.table.api, found.row.cause) == (api, cause)
    assert found.table.title in found.title
    assert found.table.title in found.hint
    assert "{" not in found.title + found.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"error": "unauthorized"}',
        '{"code": "object_not_found"}',
        "Webhook signature verification failed. Learn more: https://docs.stripe.com/webhooks",
        "stripe.error.SignatureVerificationError: No signatures found matching the expected signature for payload",
        "Slack request signature is not valid",
        "https://api.notion.com is what we call",
        "\\" * 100_000,
        "&amp;" * 20_000,
    ],
)
def test_nobody_is_named_without_a_mark_and_a_row(text: str) -> None:
    assert find_quotation(text, 400) is None


def test_escapes_are_undone_as_deep_as_they_are() -> None:
    assert unwrap('{\\\\\\"a\\\\\\": \\"b\\"}') == '{"a": "b"}'
    assert unwrap("plain") == "plain"
