from __future__ import annotations

from collections.abc import Callable

from answers import HTML, JSON, TEXT, Row, answer, first_findings
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    (
        "media.type",
        "unsupported-media-type",
        "framework",
        answer(
            415,
            b'{"detail":"Unsupported media type \\"text/plain\\" in request."}',
            JSON,
            sent_headers=(("Content-Type", "text/plain"),),
        ),
    ),
    (
        "media.charset",
        "unsupported-charset",
        "framework",
        answer(415, b"<pre>UnsupportedMediaTypeError: unsupported charset &quot;X&quot;</pre>", HTML),
    ),
    (
        "media.encoding",
        "unsupported-encoding",
        "framework",
        answer(415, b"<pre>UnsupportedMediaTypeError: unsupported content encoding &quot;x&quot;</pre>", HTML),
    ),
    ("media.not-acceptable", "not-acceptable", "framework", answer(406, b"ActionController::UnknownFormat", TEXT)),
    (
        "media.bad-json",
        "bad-json",
        "framework",
        answer(
            400,
            b'{"message":"Body is not valid JSON","code":"FST_ERR_CTP_INVALID_JSON_BODY"}',
            JSON,
            sent=b'{"type": "page.created", ',
        ),
    ),
    (
        "media.bad-json",
        "bad-json",
        "handler",
        answer(500, b"Internal Server Error", (("Server", "uvicorn"),), sent=b'{"type": "page.created", '),
    ),
    (
        "media.empty-body",
        "empty-body",
        "framework",
        answer(400, b'{"message":"Body cannot be empty","code":"FST_ERR_CTP_EMPTY_JSON_BODY"}', JSON, sent=b""),
    ),
    (
        "media.parser-missing",
        "body-parser-missing",
        "handler",
        answer(
            500,
            b"<pre>TypeError: Cannot read properties of undefined (reading &#39;type&#39;)<br> &nbsp; &nbsp;at /srv/app.js:4:5</pre>",
            HTML,
        ),
    ),
    (
        "media.validation",
        "validation-error",
        "framework",
        answer(422, b'{"detail":[{"type":"missing","loc":["body","challenge"],"msg":"Field required"}]}', JSON),
    ),
    (
        "media.missing-field",
        "missing-field",
        "handler",
        answer(400, b"ActionController::ParameterMissing (param is missing)", TEXT),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


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
