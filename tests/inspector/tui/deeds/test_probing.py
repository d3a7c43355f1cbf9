from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from hookscope.tui.deeds.probing import probe_settings


class SlashOnly(http.server.BaseHTTPRequestHandler):
    """Answers 404 but where the path ends with a slash."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200 if self.path.endswith("/") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_OPTIONS(self) -> None:
        self.send_response(204)
        self.send_header("Allow", "POST")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def handler_url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlashOnly) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_session_without_the_settings_of_a_probe_has_the_usual_ones(world: Any) -> None:
    settings = probe_settings(world.settings, "http://localhost:1")
    assert (settings.text("to"), settings.flag("insecure"), settings.number("timeout")) == (
        "http://localhost:1",
        False,
        30,
    )


async def test_the_plan_is_shown_before_anything_is_sent_then_what_it_proved(world: Any, handler_url: str) -> None:
    await world.keep(404, provider="", event_type="", verdict=None)
    await world.keep(200)
    world.ready(handler_url)
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "2 of 2")
        await pilot.press("p")
        await world.tells(pilot, "last attempt was accepted, so there is nothing to tell apart")
        await pilot.press("k", "p")
        await world.shows(pilot, "Probe #1:", "· to /webhooks/notion/", "y send them")
        assert len(world.store.find("1").attempts) == 1
        await pilot.press("n", "p")
        await world.shows(pilot, "Probe #1:")
        await pilot.press("y")
        await world.shows(pilot, "What the probes of #1 say", "✓ proved: only the slash at the path's end is wrong")
        attempts = world.store.find("1").attempts
        assert {attempt.origin for attempt in attempts[1:]} == {"probe"}
