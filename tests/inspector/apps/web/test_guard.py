from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hookscope.apps.web.guard import guard, refusal

TOKEN = "the-token"
PLACE = "/somewhere/"
OURS = "127.0.0.1:7422"


@pytest.mark.parametrize(
    ("host", "origin", "cookie", "is_socket", "says"),
    [
        (OURS, None, TOKEN, False, ""),
        ("localhost:7422", "http://localhost:7422", TOKEN, True, ""),
        ("LOCALHOST:7422", "http://localhost:7422", TOKEN, False, ""),
        ("[::1]:7422", None, TOKEN, False, ""),
        ("evil.example:7422", None, TOKEN, False, "another address"),
        ("127.0.0.1:80", None, TOKEN, False, "another address"),
        ("127.0.0.1", None, TOKEN, False, "another address"),
        ("", None, TOKEN, False, "another address"),
        (OURS, "http://evil.example", TOKEN, True, "another site"),
        (OURS, "null", TOKEN, True, "another site"),
        (OURS, "https://127.0.0.1:7422", TOKEN, True, "another site"),
        (OURS, "http://localhost:7422", TOKEN, True, "another site"),
        (OURS, None, TOKEN, True, "must have an Origin"),
        (OURS, None, "", False, "token is missing"),
        (OURS, None, TOKEN + "x", False, "token is missing"),
        (OURS, None, "\udcff", False, "token is missing"),
    ],
)
def test_who_is_let_in(host: str, origin: str | None, cookie: str, is_socket: bool, says: str) -> None:
    why = refusal(host, origin, cookie, 7422, TOKEN, is_socket=is_socket)
    assert (says in why) if says else why == ""


async def page(_: web.Request) -> web.Response:
    return web.Response(text="the page")


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    ports: list[int] = []
    app = web.Application(middlewares=[guard(lambda: ports[0], TOKEN, PLACE)])
    app.router.add_get(PLACE, page)
    app.router.add_get(f"{PLACE}static/x", page)
    server = TestServer(app)
    await server.start_server()
    assert server.port is not None
    ports.append(server.port)
    yield server
    await server.close()


async def test_the_token_is_brought_once_and_stays_in_no_address(server: TestServer) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        first = await browser.get(server.make_url(f"/?token={TOKEN}"), allow_redirects=False)
        assert (first.status, first.headers["Location"]) == (303, PLACE)
        assert "HttpOnly" in first.headers["Set-Cookie"]
        assert "SameSite=Strict" in first.headers["Set-Cookie"]
        assert f"Path={PLACE}" in first.headers["Set-Cookie"]
        for path in (PLACE, f"{PLACE}static/x"):
            answer = await browser.get(server.make_url(path))
            assert (answer.status, await answer.text()) == (200, "the page")
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        (PLACE, {}),
        (f"{PLACE}static/x", {}),
        (f"{PLACE}static/x?token={TOKEN}", {}),
        (f"{PLACE}?token={TOKEN}", {}),
        ("/?token=another", {}),
        (f"/?token={TOKEN}", {"Host": "evil.example"}),
        (f"/?token={TOKEN}", {"Origin": "http://evil.example"}),
        (f"/?token={TOKEN}", {"Upgrade": "websocket"}),
    ],
)
async def test_nobody_else_sees_the_page(path: str, headers: dict[str, str], server: TestServer) -> None:
    async with aiohttp.ClientSession() as stranger:
        answer = await stranger.get(server.make_url(path), headers=headers, allow_redirects=False)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers
        assert "the page" not in await answer.text()
