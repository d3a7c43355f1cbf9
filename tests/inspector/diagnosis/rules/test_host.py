from __future__ import annotations

from collections.abc import Callable

from answers import NGINX, TEXT, Row, answer, first_findings, nginx_page
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    (
        "host.not-allowed",
        "host-not-allowed",
        "dev-server",
        answer(403, b'Blocked request. This host ("x.example") is not allowed.', TEXT, base="http://x.example"),
    ),
    (
        "host.no-such-site",
        "host-route-mismatch",
        "reverse-proxy",
        answer(404, nginx_page("404 Not Found"), NGINX, base="http://x.example"),
    ),
    ("host.address-denied", "ip-denied", "reverse-proxy", answer(403, nginx_page("403 Forbidden"), NGINX)),
    ("host.user-agent-denied", "user-agent-denied", "edge", answer(403, b"error code: 1010", TEXT)),
    (
        "host.referer-denied",
        "referer-denied",
        "reverse-proxy",
        answer(403, nginx_page("403 Forbidden"), NGINX, sent_headers=(("Referer", "https://other.example/"),)),
    ),
    ("host.wrong-process", "wrong-environment", "transport", answer(403, headers=(("Server", "AirTunes/870.14.1"),))),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


def test_forwarded_headers_that_are_off_explain_an_https_redirect(find: Callable[..., Finding | None]) -> None:
    to_https = (("Location", "https://127.0.0.1:3000/hook"),)
    assert find("host.forwarded-headers", 301, headers=to_https) is None
    assert find("host.forwarded-headers", 301, headers=to_https, forwarded_headers=False) is not None


def test_a_bare_refusal_of_a_proxy_lists_what_it_cannot_exclude(
    findings_of: Callable[..., tuple[Finding, ...]],
) -> None:
    page = b"<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>"
    first = findings_of(403, page, (("Server", "nginx"), ("Content-Type", "text/html")))[0]
    assert {"proxy-rule-denied", "waf-rule"} <= set(first.alternatives)
