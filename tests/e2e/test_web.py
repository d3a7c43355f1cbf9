"""`hookscope listen --web`: real tabs of a real Chromium, on one session."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from chromium import PROGRAM, browsing
from hookscope.cli import main
from raw_http import RawServer

PNG = b"\x89PNG"


@contextlib.contextmanager
def listening(home: Path) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """A session: the address of its screen, that of its endpoint, and the process."""
    command = [sys.executable, "-m", "hookscope.cli", "listen", "--web", "--web-port", "0", "--port", "0"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(home)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ, cwd=home
    ) as process:
        assert process.stdout is not None
        screen = endpoint = ""
        while not endpoint:
            line = process.stdout.readline()
            assert line, "it ended"
            screen = screen or line.removeprefix("Screen").strip() if line.startswith("Screen") else screen
            endpoint = line.removeprefix("Send to").strip() if line.startswith("Send to") else ""
        try:
            yield screen, endpoint, process
        finally:
            process.send_signal(signal.SIGINT)


@pytest.mark.skipif(PROGRAM is None, reason="chromium is not on this machine")
async def test_two_tabs_are_screens_of_one_session(tmp_path: Path) -> None:
    with listening(tmp_path) as (screen, endpoint, process):
        async with browsing() as browser:
            one, other = await asyncio.gather(browser.open(screen), browser.open(screen))
            await asyncio.gather(*(tab.until("Waiting for the first delivery.") for tab in (one, other)))
            await asyncio.to_thread(urllib.request.urlopen, f"{endpoint}/from-a-sender", b"{}", 10)
            await asyncio.gather(*(tab.until("/from-a-sender") for tab in (one, other)))

            # A key is its own tab's, and moves no other.
            await one.type("?")
            await one.until("the oldest delivery")
            assert b"the oldest delivery" not in other.seen

            # What the page asked for came from here and nowhere else; the token is in no address that stays.
            origin = screen.partition("/?")[0]
            places = {re.sub(r"^ws:", "http:", place) for tab in (one, other) for place in tab.asked}
            assert {place for place in places if not place.startswith(f"{origin}/")} == set()
            place = await one.value("location.pathname")
            assert await one.value("location.href") == f"{origin}{place}"
            assert screen.partition("token=")[2] not in place
            assert await one.value("document.cookie") == ""
            assert (await one.picture()).startswith(PNG)

            # Cookies know no ports: another server of this machine is sent none of ours all the same.
            async with RawServer() as other_server:
                visit = await browser.open(other_server.url)
                await visit.value(f"fetch('{other_server.url}/again')")
                assert [one for one in other_server.requests if b"hookscope-web" in one] == []
                assert len(other_server.requests) > 1

            # Another site's page has no cookie, and no way in.
            stranger = await browser.open("about:blank")
            assert await stranger.value(f"fetch('{origin}/').then(() => 'in', () => 'out')") == "out"
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


async def test_the_screen_is_behind_one_path_and_no_other_server_is_sent_its_cookie(tmp_path: Path) -> None:
    """As a browser does it: its cookies are for a host, whatever the port, and for a path."""
    with listening(tmp_path) as (screen, _, process):
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser, RawServer() as other_server:
            page = await browser.get(screen)
            assert page.status == 200
            text = await page.text()
            script = re.search(r'src="(/?static/[^"]+)"', text)
            socket_url = re.search(r'"(ws://[^"]+)"', text)
            assert script is not None
            assert socket_url is not None
            assert (await browser.get(page.url.join(URL(script[1])))).status == 200
            origin = str(page.url.origin())
            async with browser.ws_connect(socket_url[1], headers={"Origin": origin}) as tab:
                assert (await tab.receive(20)).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)

            assert (await browser.get(f"{origin}/")).status == 403
            for path in ("/", "/ws", "/static/"):
                await browser.get(f"{other_server.url}{path}")
            assert [one for one in other_server.requests if b"\r\ncookie:" in one.lower()] == []
            assert len(other_server.requests) == 3
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


@pytest.mark.parametrize(
    ("arguments", "installed", "code", "says"),
    [
        (["--web-port", "{taken}"], True, 7, "is in use; give another with --web-port"),
        ([], False, 2, "pip install 'hookscope[web]'"),
        (["--until", "is:failed"], True, 2, "leave one of them out"),
    ],
    ids=["its port is taken", "without the extra", "with --until"],
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str],
    installed: bool,
    code: int,
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    if not installed:
        monkeypatch.setattr("hookscope.apps.web.run.importlib.util.find_spec", lambda name: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = [word.format(taken=taken.getsockname()[1]) for word in arguments]
        assert main(["listen", "--web", "--port", "0", *words]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
