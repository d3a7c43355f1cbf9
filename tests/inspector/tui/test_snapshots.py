"""The ten screens that matter, as text, at two sizes. `HOOKSCOPE_UPDATE_SNAPSHOTS=1` writes what they look like now."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import NOW
from hookscope.model.finding import Evidence, Finding
from hookscope_relay.delivery import new_delivery_id

SNAPSHOTS = Path(__file__).with_name("snapshots")
SIZES = [(80, 24), (140, 40)]
SLASH = Finding(
    code="redirect.trailing-slash",
    severity="error",
    cause="trailing-slash-redirect",
    layer="framework",
    product="Django",
    title="Django redirects /webhooks/notion: its final slash is missing",
    hint="Django: register the URL with the slash, or write the route without one. URL to register: "
    "https://relay.example/abcdefghijklmnopqrst/webhooks/notion/",
    path="/webhooks/notion/",
    evidence=(Evidence("Location adds a slash", "answer.headers.Location", 16, 17),),
    alternatives=("moved-redirect",),
    confidence=0.98,
)
LOCATION = (("Location", "/webhooks/notion/"), ("Server", "WSGIServer/0.2"))


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def compare(name: str, size: tuple[int, int], text: str) -> None:
    """Compare with what is kept; fails with the lines that differ."""
    path = SNAPSHOTS / f"{name}-{size[0]}x{size[1]}.txt"
    shown = "\n".join(line.rstrip() for line in text.splitlines()).rstrip() + "\n"
    if os.environ.get("HOOKSCOPE_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    kept = path.read_text("utf-8")
    if kept != shown:
        lines = difflib.unified_diff(kept.splitlines(), shown.splitlines(), path.name, "now", lineterm="")
        pytest.fail("\n".join([*lines, "HOOKSCOPE_UPDATE_SNAPSHOTS=1 keeps it as it is now"]), pytrace=False)


async def fill(world: Any) -> None:
    def told(index: int, **more: Any) -> dict[str, Any]:
        at = NOW + index * 61
        return {"id": new_delivery_id(at, bytes([index]) * 10), "received_at": at, **more}

    slash = {"findings": (SLASH,), "answer_headers": LOCATION, "answer_body": b"", "object_id": "153104cd"}
    await world.keep(301, **told(0, **slash))
    await world.keep(200, **told(1, target="/hooks/github", provider="github", event_type="push", verdict=None))
    await world.keep(None, failure="refused", **told(2, target="", provider="stripe", event_type="invoice.paid"))
    await world.keep(None, **told(3, target="/owed", owed=True, provider="", event_type=""))
    await world.keep(
        200,
        attempts=2,
        answer_headers=(("Content-Type", "application/json"),),
        answer_body=b'{"ok":true,"seen":[1,2.50]}',
        **told(
            4,
            object_id="153104cd",
            event_type="page.content_updated",
            body=b'{"type":"page.content_updated","entity":{"id":"153104cd","type":"page"},"data":{"updated":["title"]}}',
        ),
    )


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_before_anything_came(world: Any, size: tuple[int, int]) -> None:
    async with world.app().run_test(size=size) as pilot:
        await world.shows(pilot, "connected", "is not reachable: is it", "secret is known")
        # Where the page is longer than the screen its scrollbar comes with the layout after the words.
        await world.shows(pilot, *(["▇"] if size == SIZES[0] else []))
        compare("empty", size, world.text(pilot.app))


# The keys that lead from one screen to the next, and the words that say that it is there.
WAY = (
    ("list", (), ("5 of 5", "/webhooks/notion", "not reachable:")),
    ("request", ("enter", "2"), ("[2 Request]", '"updated": [')),
    ("answer", ("3",), ("[3 Answer]", '"seen": [')),
    ("timeline", ("4",), ("[4 Timeline]", "Same event and object")),
    ("diff", ("d",), ("#5 against #1", "body/")),
    ("edit", ("d", "e"), ("Edit #5", "Body 101 B")),
    ("findings", ("escape", "escape", "g", "enter", "1"), ("[1 Findings (1)]", "to prove it")),
    ("filter-error", ("escape", "slash", *"status:9x"), ("✗ status: does not take",)),
    ("help", ("escape", "question_mark"), ("the next delivery, or the next line",)),
)


@pytest.mark.parametrize("size", SIZES)
async def test_the_screens_of_deliveries(world: Any, size: tuple[int, int]) -> None:
    await fill(world)
    async with world.app().run_test(size=size) as pilot:
        await world.shows(pilot, "connected", "5 of 5")
        for name, keys, words in WAY:
            await pilot.press(*keys)
            await world.shows(pilot, *words)
            await pilot.pause()
            compare(name, size, world.text(pilot.app))
