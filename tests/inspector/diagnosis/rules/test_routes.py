from __future__ import annotations

from collections.abc import Callable
from typing import Any

from answers import HTML, JSON, NGINX, TEXT, Row, answer, first_findings, nginx_page
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    ("routing.not-found", "not-found", "framework", answer(404, b"<pre>Cannot POST /hook</pre>", HTML)),
    (
        "routing.trailing-slash",
        "trailing-slash-mismatch",
        "framework",
        answer(404, b"404 Not Found", TEXT, target="/hook/"),
    ),
    (
        "routing.trailing-slash",
        "trailing-slash-mismatch",
        "framework",
        answer(404, b"nothing", TEXT, routes=("/hook/",)),
    ),
    ("routing.method", "method-not-allowed", "framework", answer(405, b'{"detail":"Method Not Allowed"}', JSON)),
    ("routing.static-file", "static-post", "reverse-proxy", answer(405, nginx_page("405 Not Allowed"), NGINX)),
    (
        "routing.base-path",
        "base-path",
        "dev-server",
        answer(
            404,
            b"The server is configured with a public base URL of /app/ - did you mean to visit /app/hook instead?",
            TEXT,
        ),
    ),
    (
        "routing.encoded-slash",
        "encoded-slash",
        "reverse-proxy",
        answer(
            404,
            b"<p>The requested URL was not found on this server.</p>",
            (("Server", "Apache/2.4"), ("Content-Type", "text/html")),
            target="/a%2Fb",
        ),
    ),
    (
        "routing.gone",
        "gone",
        "reverse-proxy",
        answer(
            410,
            nginx_page("410 Gone"),
            NGINX,
        ),
    ),
    ("routing.entity-not-found", "entity-not-found", "handler", answer(404, b'{"error":"Unknown workspace"}', JSON)),
    ("routing.dev-server", "dev-server-has-no-handler", "dev-server", answer(404, headers=(("Vary", "Origin"),))),
    (
        "routing.test-url",
        "test-url",
        "edge",
        answer(404, b'{"code":404,"message":"The requested webhook \\"POST x\\" is not registered."}', JSON),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


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
