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

import pytest

from chromium import PROGRAM, browsing

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
            assert await one.value("location.href") == f"{origin}/"
            assert await one.value("document.cookie") == ""
            assert (await one.picture()).startswith(PNG)

            # Another site's page has no cookie, and no way in.
            stranger = await browser.open("about:blank")
            assert await stranger.value(f"fetch('{origin}/').then(() => 'in', () => 'out')") == "out"
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0


def ended(home: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-c", f"import sys; {arguments[0]}; from hookscope.cli import main; sys.exit(main())"]
    environ = os.environ | {"HOOKSCOPE_HOME": str(home)}
    done = subprocess.run(
        [*command, "listen", "--web", "--port", "0", *arguments[1:]],
        capture_output=True, text=True, env=environ, cwd=home, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = ended(tmp_path, "pass", "--web-port", port)
    assert (code, said) == (7, f"hookscope: port {port} is in use; give another with --web-port\n")
    code, said = ended(
        tmp_path, "sys.modules['textual_serve'] = None; import importlib.util as u; u.find_spec = lambda n: None"
    )
    assert (code, said.count("\n")) == (2, 1)
    assert "pip install 'hookscope[web]'" in said
    code, said = ended(tmp_path, "pass", "--until", "is:failed")
    assert (code, said.count("\n")) == (2, 1)
    assert "leave one of them out" in said
