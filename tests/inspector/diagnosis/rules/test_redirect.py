from __future__ import annotations

from collections.abc import Callable

import pytest

from answers import HTML, Row, answer, first_findings, nginx_page
from hookscope.model.finding import Finding

FINDINGS: list[Row] = [
    (
        "redirect.trailing-slash",
        "trailing-slash-redirect",
        "framework",
        answer(308, headers=(("Location", "/hook/"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.trailing-slash",
        "trailing-slash-redirect",
        "framework",
        answer(
            500,
            b"<title>RuntimeError at /hook</title>You called this URL via POST, but the URL doesn&#x27;t end in a slash and you have APPEND_SLASH set.",
            HTML,
        ),
    ),
    (
        "redirect.login",
        "login-redirect",
        "framework",
        answer(302, headers=(("Location", "/accounts/login/?next=/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.login",
        "login-redirect",
        "handler",
        answer(302, headers=(("Location", "/login"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.login",
        "login-redirect",
        "framework",
        answer(
            302,
            headers=(
                ("Location", "https://idp.example/authorize?redirect_uri=x"),
                ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"),
            ),
        ),
    ),
    (
        "redirect.https",
        "https-redirect",
        "framework",
        answer(301, headers=(("Location", "https://127.0.0.1:3000/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.canonical-host",
        "canonical-host-redirect",
        "framework",
        answer(301, headers=(("Location", "http://www.example.com/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.locale",
        "locale-redirect",
        "framework",
        answer(302, headers=(("Location", "/en/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.path-cleaned",
        "path-clean-redirect",
        "framework",
        answer(301, headers=(("Location", "/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT")), target="//hook"),
    ),
    (
        "redirect.after-post",
        "redirect-after-post",
        "handler",
        answer(303, headers=(("Location", "/thanks"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.moved",
        "moved-redirect",
        "handler",
        answer(301, headers=(("Location", "/v2/hook"), ("Date", "Sat, 21 Nov 2026 03:13:48 GMT"))),
    ),
    (
        "redirect.moved",
        "moved-redirect",
        "reverse-proxy",
        answer(
            301, nginx_page("301 Moved Permanently"), (("Server", "nginx"), ("Location", "http://localhost/v2/hook"))
        ),
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (301, "loses the body"),
        (302, "loses the body"),
        (303, "without the body"),
        (307, "repeats the POST"),
        (308, "repeats the POST"),
    ],
)
def test_every_redirect_says_what_a_sender_does_with_it(
    find: Callable[..., Finding | None], status: int, said: str
) -> None:
    finding = find("redirect.not-followed", status, headers=(("Location", "/other"),))
    assert finding is not None
    assert said in finding.title


def test_the_corrected_path_is_offered(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    assert "/hook/" in findings_of(308, headers=(("Location", "/hook/"),))[0].hint


def test_the_evidence_is_the_location(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    fact = findings_of(301, headers=(("location", "/v2"),))[0].evidence[1]
    assert (fact.place, fact.start, fact.end) == ("answer.headers.location", 0, 3)


def test_the_hint_is_written_for_the_framework_where_it_is_known(
    findings_of: Callable[..., tuple[Finding, ...]],
) -> None:
    to_login = (("Location", "/login?next=/hook"), ("Server", "Werkzeug/3.1"))
    assert findings_of(302, headers=to_login)[0].hint.startswith("Flask: take @login_required off")
