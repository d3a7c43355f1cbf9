"""Draws the screen's pictures into docs/screens: `python bench/pictures.py`. The same sources give the same files.

The deliveries are real ones, which `python bench/deliveries.py` recorded; the findings are what the diagnosis says of them.
"""

from __future__ import annotations

import asyncio
import json
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

from deliveries import ENDPOINT, HANDLER, RELAY, SECRETS
from hookscope.config.settings import Settings
from hookscope.diagnosis.engine import diagnose
from hookscope.diagnosis.from_capture import case_of
from hookscope.model.capture_file import from_mapping
from hookscope.model.events import ConnectionChanged, HandshakeSeen, Listener, Ready
from hookscope.model.secret import Secret
from hookscope.model.session_requests import SessionRequest
from hookscope.providers.recognition import recognise
from hookscope.providers.registry import load_providers
from hookscope.store.captures import CaptureStore
from hookscope.tui.app import HookscopeApp

SCREENS = Path(__file__).parent.parent / "docs" / "screens"
RECORDED = [from_mapping(one) for one in json.loads((Path(__file__).parent / "deliveries.json").read_text("utf-8"))]
NOW = RECORDED[-1].delivery.received_at + 60
URL = f"{RELAY}/{ENDPOINT}"


class Still:
    """An engine that says that all is well, and then what a picture needs."""

    def __init__(self) -> None:
        self.emit: Listener = lambda event: None

    def start(self, listener: Listener) -> None:
        self.emit = listener
        listener(Ready(at=NOW, url=URL, handler=f"http://{HANDLER}", endpoint=ENDPOINT, relay=RELAY))
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
    """Keep the recorded deliveries as a session does, with what the diagnosis says of them."""
    providers = load_providers()
    secrets = [Secret(provider=name.lower(), value=value.encode(), name="default") for name, value in SECRETS.items()]
    for capture in RECORDED:
        recognition = recognise(capture.delivery, providers, "")
        await store.keep(capture.delivery, origin="live", recognition=recognition)
        for attempt in capture.attempts:
            number = await store.begin_attempt(capture.delivery.id, attempt)
            await store.end_attempt(
                capture.delivery.id,
                number,
                elapsed_ms=attempt.elapsed_ms,
                answer=attempt.answer,
                failure=attempt.failure,
                answered_by=attempt.answered_by,
            )
            case = case_of(replace(capture, attempts=(attempt,)), providers, secrets)
            await store.keep_findings(capture.delivery.id, number, case.verdict, diagnose(case))


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
    ("side-by-side", WIDE, "dark", True, keys("g", "j", "j", "w")),
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
