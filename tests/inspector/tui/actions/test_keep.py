from __future__ import annotations

import json
from typing import Any

from hookscope.model.session_requests import Clear, MarkCapture


async def test_a_delivery_is_marked(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(100, 24), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("m")
        await world.shows(pilot, "#4 is marked")
        assert world.engine.asked == [MarkCapture(name="4", on=True)]


async def test_clearing_asks_first(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(80, 24)) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        pilot.app.main.run_action_named("clear")
        await world.shows(pilot, "Clear the list?", "4 deliveries are kept")
        await pilot.press("n")
        assert world.engine.asked == []
        pilot.app.main.run_action_named("clear")
        await world.shows(pilot, "Clear the list?")
        await world.store.clear(None)
        await pilot.press("y")
        assert world.engine.asked == [Clear()]
        await world.shows(pilot, "Waiting for the first delivery")


async def test_a_fixture_is_saved_and_what_was_redacted_is_shown(world: Any) -> None:
    await world.keep(200, headers=(("Content-Type", "application/json"), ("Authorization", "Bearer abc.def.ghi")))
    root = world.home / "fixtures"
    async with world.app().run_test(size=(100, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected", "1 of 1")
        await pilot.press("s")
        await world.shows(pilot, "Save #1 as a fixture", "tests/fixtures", "overwrite: off")
        await world.type(pilot, str(root), replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "Enter again makes it")
        assert not root.exists()
        await pilot.press("enter")
        await world.shows(pilot, "Saved as a fixture", "redacted:", "header:Authorization")
        await pilot.press("c", "enter")
        (path,) = root.rglob("*.json")
        assert pilot.app.clipboard == str(path)
        assert "abc.def.ghi" not in path.read_text()
        await pilot.press("s", "enter")
        await world.shows(pilot, "The fixture is there already")


async def test_every_delivery_of_the_list_is_saved(world: Any) -> None:
    await world.fill()
    root = world.home / "fixtures"
    async with world.app().run_test(size=(100, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        pilot.app.main.run_action_named("save_all")
        await world.shows(pilot, "Save 4 deliveries as fixtures")
        await world.type(pilot, str(root), replace=True)
        await pilot.press("enter", "enter")
        await world.shows(pilot, "saving: 4 went well")
        assert {json.loads(path.read_text())["format"] for path in root.rglob("*.json")} == {"hookscope/1"}
        (root / "unknown").rename(root / "moved")
        (root / "unknown").write_text("in the way")
        pilot.app.main.run_action_named("save_all")
        await world.shows(pilot, str(root)[-20:])
        await pilot.press("enter")
        await world.tells(pilot, "1 failed; the first error: ")
