"""Draws the screen's pictures into docs/screens: `python bench/pictures.py`. The same sources give the same files.

The findings are what the diagnosis says of these deliveries.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from hookscope.config.settings import Settings
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.engine import diagnose
from hookscope.model.capture import Attempt, Failure
from hookscope.model.events import ConnectionChanged, HandshakeSeen, Listener, Ready
from hookscope.model.session_requests import SessionRequest
from hookscope.model.verdict import Recognition, Verdict
from hookscope.store.captures import CaptureStore
from hookscope.tui.app import HookscopeApp
from hookscope_relay.delivery import Answer, Delivery, new_delivery_id

SCREENS = Path(__file__).parent.parent / "docs" / "screens"
NOW = 1_795_000_000.0
URL = "https://relay.example.com/k3v7qpm2xdw4hn6ytz5c"
HANDLER = "http://localhost:3000"
BODY = (
    '{"id":"367cba44-b6f3-4c92-81e7-6a2e9659efd4","timestamp":"2026-11-18T11:06:40.285Z","workspace_id":"13950b26","type":"%s",'
    '"authors":[{"id":"c7c11cca","type":"person"}],"attempt_number":1,"entity":{"id":"153104cd-477e-809d","type":"page"},'
    '"data":{"parent":{"id":"13950b26-c203","type":"space"},"updated_properties":["title","Status"]}}'
)
# By these headers of its security middleware Django is known.
DJANGO = (("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"))
VERIFIED = Verdict(state="verified", provider="notion", scheme="hmac-sha256", secret="9f2c")


class Still:
    """An engine that says that all is well, and then what a picture needs."""

    def __init__(self) -> None:
        self.emit: Listener = lambda event: None

    def start(self, listener: Listener) -> None:
        self.emit = listener
        listener(Ready(at=NOW, url=URL, handler=HANDLER, endpoint="k3v7", relay="https://relay.example.com"))
        listener(ConnectionChanged(at=NOW, state="connected", role="answering"))

    def submit(self, request: SessionRequest[object]) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(None)
        return future

    def stop(self) -> None:
        pass


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(values={}, environ={"HOOKSCOPE_HOME": directory}, project={}, user={})
        empty = CaptureStore.open(Path(directory) / "empty.db")
        store = CaptureStore.open(Path(directory) / "captures.db")
        await fill(store)
        for name, size, theme, filled, act in PICTURES:
            await draw(name, size, theme, store if filled else empty, act, settings)
        store.close()
        empty.close()


async def draw(name: str, size: tuple[int, int], theme: str, store: CaptureStore, act: Act, settings: Settings) -> None:
    engine = Still()
    app = HookscopeApp(engine, store, theme=f"hookscope-{theme}", settings=settings)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        app.main.surroundings.know_handler(True)
        await act(pilot, engine)
        await pilot.pause(0.5)
        app.main.surroundings.know_handler(True)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="hookscope", simplify=True)
    path = SCREENS / f"{name}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_plain_fonts(svg), "utf-8")
    print(path)


def _plain_fonts(svg: str) -> str:
    """The picture without fonts from elsewhere, which a reader's page would not load."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return svg.replace("Fira Code, monospace", "Menlo, Consolas, 'DejaVu Sans Mono', monospace")


async def fill(store: CaptureStore) -> None:
    page = "/webhooks/notion"
    moved = Answer(
        status=301, reason="Moved Permanently", headers=(("Location", page + "/"), ("Server", "WSGIServer"), *DJANGO)
    )
    forbidden = Answer(
        status=403,
        reason="Forbidden",
        headers=(("Content-Type", "text/html"), *DJANGO),
        body=b"<!DOCTYPE html><title>403 Forbidden</title><h1>Forbidden <span>(403)</span></h1>"
        b"<p>CSRF verification failed. Request aborted.</p>",
    )
    fine = Answer(status=200, reason="OK", headers=(("Content-Type", "application/json"),), body=b'{"ok":true}')
    rows: list[tuple[str, str, str, Answer | None, float]] = [
        ("notion", "page.created", page, moved, 3.1),
        ("github", "push", "/hooks/github", fine, 41.0),
        ("stripe", "invoice.paid", "/stripe", forbidden, 8.4),
        ("notion", "page.content_updated", page + "/", None, 0.6),
        ("notion", "comment.created", page + "/", fine, 12.4),
        ("", "", "/health?probe=1", fine, 1.2),
        ("notion", "page.properties_updated", page, moved, 2.8),
    ]
    for index, (provider, event_type, target, answer, took) in enumerate(rows):
        at = NOW - 600 + index * 83.7
        delivery = Delivery(
            id=new_delivery_id(at, bytes([index]) * 10),
            received_at=at,
            method="GET" if "health" in target else "POST",
            target=target,
            headers=(
                ("Host", "relay.example.com"),
                ("Content-Type", "application/json"),
                ("User-Agent", "notion-api" if provider == "notion" else "curl/8.5"),
                ("X-Notion-Signature", "sha256=" + "4f8a" * 16),
            ),
            body=(BODY % event_type).encode() if event_type else b"",
            remote="203.0.113.7",
            url=URL + target,
        )
        recognition = Recognition(
            provider=provider, event_type=event_type, object_id="153104cd-477e-809d" if provider == "notion" else ""
        )
        await store.keep(delivery, origin="live", recognition=recognition)
        for attempt in range(2 if index == len(rows) - 1 else 1):
            begun = Attempt(
                number=0,
                origin="replay" if attempt else "live",
                handler_url=HANDLER + target,
                started_at=at + 0.02 + attempt * 40,
            )
            number = await store.begin_attempt(delivery.id, begun)
            failure = (
                None if answer else Failure(kind="refused", detail="nothing listens on 127.0.0.1:3000 or [::1]:3000")
            )
            took_ms = took * (1 + attempt)
            await store.end_attempt(delivery.id, number, elapsed_ms=took_ms, answer=answer, failure=failure)
            ended = replace(begun, number=number, elapsed_ms=took_ms, answer=answer, failure=failure)
            verdict = VERIFIED if provider == "notion" else None
            case = Case(delivery=delivery, attempt=ended, verdict=verdict, recognition=recognition, provider=provider)
            await store.keep_findings(delivery.id, number, verdict, diagnose(case))


Act = Callable[[Any, Still], Awaitable[None]]


def keys(*pressed: str) -> Act:
    async def act(pilot: Any, engine: Still) -> None:
        await pilot.press(*pressed)

    return act


async def token(pilot: Any, engine: Still) -> None:
    seen = HandshakeSeen(
        at=NOW, id="a", number=8, provider="notion", token="secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
    )
    engine.emit(seen)


async def arrivals(pilot: Any, engine: Still) -> None:
    await pilot.press("g", "enter", "1")


WIDE, NARROW = (140, 36), (80, 24)
PICTURES: tuple[tuple[str, tuple[int, int], str, bool, Act], ...] = (
    ("findings", WIDE, "dark", True, keys("g")),
    ("findings-light", WIDE, "light", True, keys("g")),
    ("request", WIDE, "dark", True, keys("2")),
    ("answer", WIDE, "dark", True, keys("g", "j", "j", "3")),
    ("timeline", WIDE, "light", True, keys("4")),
    ("raw", WIDE, "dark", True, keys("5")),
    ("diff", WIDE, "dark", True, keys("d")),
    ("edit", WIDE, "light", True, keys("e")),
    ("filter", WIDE, "dark", True, keys("slash", *"status:9x")),
    ("help", WIDE, "light", True, keys("question_mark")),
    ("empty", WIDE, "dark", False, keys()),
    ("token", NARROW, "dark", False, token),
    ("narrow-list", NARROW, "dark", True, keys()),
    ("narrow-findings", NARROW, "light", True, arrivals),
)


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    sys.exit(asyncio.run(main()))
