from __future__ import annotations

import asyncio

import pytest

from hookscope.api.ask import ask
from raw_http import RawServer, free_port, self_signed


async def test_a_request_and_its_answer() -> None:
    answer = b"HTTP/1.1 403 No\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}"
    async with RawServer(answer) as api:
        call = await asyncio.to_thread(ask, "x", api.url, "POST", "/a?b", (("Authorization", "Bearer t"),), b"body")
    assert api.last.first_line == b"POST /a?b HTTP/1.1"
    assert api.last.values(b"Authorization") == [b"Bearer t"]
    assert api.last.body == b"body"
    assert call.answer is not None
    assert (call.status, call.answer.body, call.failure) == (403, b"{}", None)


async def test_no_redirect_is_followed() -> None:
    async with RawServer(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n") as api:
        call = await asyncio.to_thread(ask, "x", api.url, "GET", "/", ())
    assert (call.status, len(api.requests)) == (302, 1)


async def test_a_certificate_is_verified() -> None:
    async with RawServer(tls=self_signed()[0]) as api:
        call = await asyncio.to_thread(ask, "x", f"https://localhost:{api.port}", "GET", "/", ())
        assert api.requests == []
    assert call.failure is not None
    assert call.failure.kind == "tls"


@pytest.mark.parametrize(
    ("base", "kind"),
    [(f"http://127.0.0.1:{free_port()}", "refused"), ("http://no-such.invalid", "dns")],
    ids=["refused", "dns"],
)
def test_what_cannot_be_reached_is_a_failure(base: str, kind: str) -> None:
    call = ask("x", base, "GET", "/", ())
    assert call.failure is not None
    assert call.failure.kind == kind
