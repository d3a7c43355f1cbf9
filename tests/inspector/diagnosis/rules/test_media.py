from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "media.type",
        "unsupported-media-type",
        "framework",
        {
            "status": 415,
            "body": b'{"detail":"Unsupported media type \\"text/plain\\" in request."}',
            "headers": (("Content-Type", "application/json"),),
            "sent_headers": (("Content-Type", "text/plain"),),
        },
    ),
    (
        "media.charset",
        "unsupported-charset",
        "framework",
        {
            "status": 415,
            "body": b"<pre>UnsupportedMediaTypeError: unsupported charset &quot;X&quot;</pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "media.encoding",
        "unsupported-encoding",
        "framework",
        {
            "status": 415,
            "body": b"<pre>UnsupportedMediaTypeError: unsupported content encoding &quot;x&quot;</pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "media.not-acceptable",
        "not-acceptable",
        "framework",
        {
            "status": 406,
            "body": b"ActionController::UnknownFormat",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
    (
        "media.bad-json",
        "bad-json",
        "framework",
        {
            "status": 400,
            "body": b'{"message":"Body is not valid JSON","code":"FST_ERR_CTP_INVALID_JSON_BODY"}',
            "headers": (("Content-Type", "application/json"),),
            "sent": b'{"type": "page.created", ',
        },
    ),
    (
        "media.bad-json",
        "bad-json",
        "handler",
        {
            "status": 500,
            "body": b"Internal Server Error",
            "headers": (("Server", "uvicorn"),),
            "sent": b'{"type": "page.created", ',
        },
    ),
    (
        "media.empty-body",
        "empty-body",
        "framework",
        {
            "status": 400,
            "body": b'{"message":"Body cannot be empty","code":"FST_ERR_CTP_EMPTY_JSON_BODY"}',
            "headers": (("Content-Type", "application/json"),),
            "sent": b"",
        },
    ),
    (
        "media.parser-missing",
        "body-parser-missing",
        "handler",
        {
            "status": 500,
            "body": b"<pre>TypeError: Cannot read properties of undefined (reading &#39;type&#39;)<br> &nbsp; &nbsp;at /srv/app.js:4:5</pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "media.validation",
        "validation-error",
        "framework",
        {
            "status": 422,
            "body": b'{"detail":[{"type":"missing","loc":["body","challenge"],"msg":"Field required"}]}',
            "headers": (("Content-Type", "application/json"),),
        },
    ),
    (
        "media.missing-field",
        "missing-field",
        "handler",
        {
            "status": 400,
            "body": b"ActionController::ParameterMissing (param is missing)",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
]


@pytest.mark.parametrize(("code", "cause", "layer", "answered"), FINDINGS)
def test_the_first_finding_names_cause_and_layer(
    findings_of: Callable[..., tuple[Finding, ...]], code: str, cause: str, layer: str, answered: dict[str, Any]
) -> None:
    first = findings_of(**answered)[0]
    assert (first.code, first.cause, first.layer) == (code, cause, layer)
    assert first.title and first.hint and first.evidence


def test_broken_json_is_shown_with_its_byte(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    first = findings_of(500, b"Internal Server Error", (("Server", "uvicorn"),), sent=b'{"a": }')[0]
    assert [(fact.start, fact.end) for fact in first.evidence if fact.place == "request.body"] == [(6, 7)]


def test_a_body_that_is_json_excludes_broken_json(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    first = findings_of(500, b"500 Internal Server Error\n\nServer got itself in trouble")[0]
    assert first.cause == "app-exception"
    assert "bad-json" not in first.alternatives


def test_the_field_that_is_missing_is_quoted(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    body = b'{"detail":[{"type":"missing","loc":["body","kind"],"msg":"Field required","input":{"x":1}}]}'
    first = findings_of(422, body, (("Content-Type", "application/json"), ("Server", "uvicorn")))[0]
    assert first.cause == "validation-error"
    quoted = next(fact.text for fact in first.evidence if fact.place == "answer.body")
    assert "kind" in quoted
    assert "Field required" in quoted
