from __future__ import annotations

from collections.abc import Callable

import pytest

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope_relay.delivery import Headers

HTML: Headers = (("Content-Type", "text/html"),)
JSON: Headers = (("Content-Type", "application/json"),)
TEXT: Headers = (("Content-Type", "text/plain"),)
FILE: Headers = (("Content-Type", "text/html"), ("Last-Modified", "x"), ("ETag", "x"))

PRETENDERS: list[tuple[bytes, Headers, str]] = [
    (b'{"ok":false,"error":"x"}', JSON, "ok-with-error-body"),
    (b'{"status":"error"}', JSON, "ok-with-error-body"),
    (b'{"processed":false}', JSON, "ok-with-error-body"),
    (b"Error: not accepted", TEXT, "ok-with-error-body"),
    (b'{"status":500}', JSON, "ok-with-error-body"),
    (b'{"error":"not configured"}', JSON, "ok-with-error-body"),
    (b"Invalid signature", TEXT, "ok-with-error-body"),
    (b"<br /><b>Fatal error</b>: Uncaught RuntimeException: db is down in /srv/a.php:1", HTML, "app-exception"),
    (b"Traceback (most recent call last):\n  File x", TEXT, "app-exception"),
    (b'<html><form><input type="password"></form></html>', HTML, "login-page-200"),
    (b"<h1>index</h1>", (*FILE, ("Server", "Apache/2.4")), "page-rendered-200"),
    (b"<h1>index</h1>", (*FILE, ("X-Powered-By", "Express")), "spa-fallback"),
    (b'<!DOCTYPE html><html><body><div id="root"></div></body></html>', HTML, "spa-fallback"),
    (b'<html><script type="module" src="/@vite/client"></script></html>', HTML, "spa-fallback"),
    (b'<!DOCTYPE html><html><link href="/_next/static/x.css"></html>', HTML, "page-rendered-200"),
    (b"", (("Server", "Caddy"),), "no-route-200"),
    (b"SSH-2.0-OpenSSH_9.2", (("Server", "Apache/2.4"),), "upstream-bad-response"),
]


@pytest.mark.parametrize(("body", "headers", "cause"), PRETENDERS)
def test_a_200_that_is_no_success_is_told(
    make_case: Callable[..., Case], body: bytes, headers: Headers, cause: str
) -> None:
    reading = likeliest(make_case(200, body, headers))
    assert reading is not None
    assert reading.cause == cause


HEALTHY: list[tuple[bytes, Headers]] = [
    (b"", ()),
    (b"ok", TEXT),
    (b"<p>Thanks, 403 things were processed; login not required.</p>", HTML),
    (b"<html><title>Login successful</title><body>received</body></html>", HTML),
    (b'<?xml version="1.0"?><Response></Response>', (("Content-Type", "text/xml"),)),
    (b'{"errors":[],"signature":"valid"}', JSON),
    (b'{"error":null,"data":{}}', JSON),
    (b'{"status":"ignored","reason":"unauthorized author"}', JSON),
    (b'{"status":200}', JSON),
    (b'{"code":0,"error":false}', JSON),
    (b'{"received":true,"processed":false}', JSON),
    (b'{"processed":false,"reason":"event type not subscribed"}', JSON),
    (b"Not found in cache, created", TEXT),
    (b"Missing invoice added", TEXT),
    (b"[]", JSON),
    (b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P", HTML),
    (b"Accepted", TEXT),
    (b"", (("Server", "Caddy"), ("Content-Type", "text/plain"))),
    (b"", (("Server", "Caddy"), ("Via", "1.1 Caddy"))),
]


@pytest.mark.parametrize(("body", "headers"), HEALTHY)
def test_an_acceptance_is_believed(make_case: Callable[..., Case], body: bytes, headers: Headers) -> None:
    reading = likeliest(make_case(200, body, headers))
    assert reading is not None
    assert reading.cause == "ok"


def test_an_empty_200_for_an_unknown_host_is_the_hosts_fault(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(200, b"", (("Server", "Caddy"),), base="http://tunnel.example"))
    assert reading is not None
    assert (reading.cause, reading.alternatives) == ("host-route-mismatch", ("no-route-200",))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"Error report received", TEXT),
        (b"Invalid emails removed: 0", TEXT),
        (b"failed payment recorded", TEXT),
        (b"Not found is fine: no such order, skipped", TEXT),
        (b'{"error":"none"}', JSON),
        (b'{"status":"failed","event":"payment_intent.payment_failed","received":true}', JSON),
        (b'{"success":true,"error":{"code":null}}', JSON),
        (b"ok", (("Content-Type", "text/plain"), ("Server", "nginx"), ("Last-Modified", "x"), ("ETag", "x"))),
    ],
)
def test_a_handler_that_tells_of_its_work_has_accepted(
    make_case: Callable[..., Case], body: bytes, headers: Headers
) -> None:
    reading = likeliest(make_case(200, body, headers))
    assert reading is not None
    assert reading.cause == "ok"
