from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readers.redirects import framework_of

DATE = ("Date", "Sat, 21 Nov 2026 03:13:48 GMT")


@pytest.mark.parametrize(
    ("location", "target", "cause"),
    [
        ("/hook/", "/hook", "trailing-slash-redirect"),
        ("https://127.0.0.1:3000/hook/", "/hook", "trailing-slash-redirect"),
        ("http://tunnel.example:3000/hook", "/hook/", "trailing-slash-redirect"),
        ("https://127.0.0.1:3000/hook", "/hook", "https-redirect"),
        ("https://127.0.0.1/hook", "/hook", "https-redirect"),
        ("https://www.example.com/hook", "/hook", "https-redirect"),
        ("http://www.example.com/hook", "/hook", "canonical-host-redirect"),
        ("/de/hook", "/hook", "locale-redirect"),
        ("/hook", "//hook", "path-clean-redirect"),
        ("/users/sign_in", "/hook", "login-redirect"),
        ("https://login.idp.example/x?redirect_uri=y", "/hook", "login-redirect"),
        ("/api/auth/signin?callbackUrl=x", "/hook", "login-redirect"),
        ("/Account/Login?ReturnUrl=%2Fhook", "/hook", "login-redirect"),
        ("/thanks", "/hook", "redirect-after-post"),
        ("/v2/hook", "/hook", "moved-redirect"),
        ("/authors", "/hook", "moved-redirect"),
        ("", "/hook", ""),
    ],
)
def test_where_it_leads_tells_what_it_is(
    make_case: Callable[..., Case], location: str, target: str, cause: str
) -> None:
    headers = (("Location", location), DATE) if location else (DATE,)
    reading = likeliest(make_case(302, headers=headers, target=target))
    assert reading is not None
    assert reading.cause == (cause or "unusual-status")


def test_a_created_resource_is_no_redirect(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(201, b"{}", (("Location", "/events/7"),)))
    assert reading is not None
    assert reading.cause == "ok"


def test_laravels_way_back_is_a_failed_validation(make_case: Callable[..., Case]) -> None:
    body = b'<meta http-equiv="refresh" content="0;url=\'http://localhost\'" /> Redirecting to <a>http://localhost</a>'
    reading = likeliest(make_case(302, body, (("Location", "http://localhost"), ("X-Powered-By", "PHP/8.2"), DATE)))
    assert reading is not None
    assert reading.cause == "validation-error"


@pytest.mark.parametrize(
    ("body", "headers", "layer"),
    [
        (b"<hr><center>nginx/1.27</center>", (DATE,), "reverse-proxy"),
        (b'<p>The document has moved <a href="/v2">here</a>.</p>', (DATE,), "reverse-proxy"),
        (b"", (("Server", "Caddy"), DATE), "reverse-proxy"),
        (b"", (), "reverse-proxy"),
        (b"", (DATE,), "handler"),
    ],
)
def test_a_proxys_own_redirect_is_the_proxys(
    make_case: Callable[..., Case], body: bytes, headers: tuple[tuple[str, str], ...], layer: str
) -> None:
    reading = likeliest(make_case(301, body, (("Location", "/v2"), *headers)))
    assert reading is not None
    assert reading.layer == layer


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ((("X-Powered-By", "Express"),), "Express"),
        ((("X-Powered-By", "PHP/8.2.35"),), "PHP 8.2.35"),
        ((("Server", "Werkzeug/3.1.9 Python/3.11"),), "Werkzeug 3.1.9"),
        ((("X-Runtime", "0.1"), ("X-Request-Id", "x")), "Rails"),
        ((("Server", "something"),), ""),
    ],
)
def test_frameworks_are_named_by_their_headers(
    make_case: Callable[..., Case], headers: tuple[tuple[str, str], ...], name: str
) -> None:
    answer = make_case(302, headers=headers).answer
    assert answer is not None
    assert framework_of(answer) == name
