from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hookscope.model.finding import Finding

FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "routing.not-found",
        "not-found",
        "framework",
        {
            "status": 404,
            "body": b"<pre>Cannot POST /hook</pre>",
            "headers": (("Content-Type", "text/html; charset=utf-8"),),
        },
    ),
    (
        "routing.trailing-slash",
        "trailing-slash-mismatch",
        "framework",
        {
            "status": 404,
            "body": b"404 Not Found",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
            "target": "/hook/",
        },
    ),
    (
        "routing.trailing-slash",
        "trailing-slash-mismatch",
        "framework",
        {
            "status": 404,
            "body": b"nothing",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
            "routes": ("/hook/",),
        },
    ),
    (
        "routing.method",
        "method-not-allowed",
        "framework",
        {"status": 405, "body": b'{"detail":"Method Not Allowed"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "routing.static-file",
        "static-post",
        "reverse-proxy",
        {
            "status": 405,
            "body": b"<html>\r\n<head><title>405 Not Allowed</title></head>\r\n<body>\r\n<center><h1>405 Not Allowed</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "routing.base-path",
        "base-path",
        "dev-server",
        {
            "status": 404,
            "body": b"The server is configured with a public base URL of /app/ - did you mean to visit /app/hook instead?",
            "headers": (("Content-Type", "text/plain; charset=utf-8"),),
        },
    ),
    (
        "routing.encoded-slash",
        "encoded-slash",
        "reverse-proxy",
        {
            "status": 404,
            "body": b"<p>The requested URL was not found on this server.</p>",
            "headers": (("Server", "Apache/2.4"), ("Content-Type", "text/html")),
            "target": "/a%2Fb",
        },
    ),
    (
        "routing.gone",
        "gone",
        "reverse-proxy",
        {
            "status": 410,
            "body": b"<html>\r\n<head><title>410 Gone</title></head>\r\n<body>\r\n<center><h1>410 Gone</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n",
            "headers": (("Server", "nginx/1.27.0"), ("Content-Type", "text/html")),
        },
    ),
    (
        "routing.entity-not-found",
        "entity-not-found",
        "handler",
        {"status": 404, "body": b'{"error":"Unknown workspace"}', "headers": (("Content-Type", "application/json"),)},
    ),
    (
        "routing.dev-server",
        "dev-server-has-no-handler",
        "dev-server",
        {"status": 404, "headers": (("Vary", "Origin"),)},
    ),
    (
        "routing.test-url",
        "test-url",
        "edge",
        {
            "status": 404,
            "body": b'{"code":404,"message":"The requested webhook \\"POST x\\" is not registered."}',
            "headers": (("Content-Type", "application/json"),),
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


def test_a_known_route_that_differs_by_its_slash_is_named(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    assert "/hook/" in findings_of(404, b"nothing", routes=("/hook/",))[0].hint


def test_an_answer_of_another_port_is_the_wrong_environment(find: Callable[..., Finding | None]) -> None:
    finding = find("routing.wrong-environment", 302, headers=(("Location", "http://localhost:8000/hook"),))
    assert finding is not None
    assert finding.cause == "wrong-environment"


def test_a_prefix_in_front_of_the_senders_path_is_told(make_case: Callable[..., Any]) -> None:
    from hookscope.diagnosis.engine import diagnose

    case = make_case(404, b"nope", base="http://127.0.0.1:3000/api")
    assert "routing.path-rewritten" in {finding.code for finding in diagnose(case)}


def test_a_path_that_stands_there_twice_is_the_first_finding(make_case: Callable[..., Any]) -> None:
    from hookscope.diagnosis.engine import diagnose

    first, *_ = diagnose(make_case(404, b"nope", target="/webhooks/notion", base="http://127.0.0.1:3000/webhooks"))
    assert first.code == "routing.path-rewritten"
    assert first.title.endswith("was asked for /webhooks/webhooks/notion: /webhooks stands there twice")
    assert "--to" in first.hint
