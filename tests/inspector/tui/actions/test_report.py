from __future__ import annotations

from pathlib import Path
from typing import Any


async def test_a_report_is_written_once_or_copied(world: Any, tmp_path: Path) -> None:
    await world.fill()
    path = tmp_path / "ticket.md"
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("T")
        await world.shows(pilot, "Report on #4", "report-4.md", "are left out of it")
        await world.type(pilot, str(path), replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "the report on #4 is in ")
        written = path.read_text("utf-8")
        assert "page.created" in written
        await pilot.press("T")
        await world.type(pilot, str(path), replace=True)
        await pilot.press("enter")
        await world.shows(pilot, "that file is there already")
        await world.type(pilot, "", replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "copied the report on #4")
        assert pilot.app.clipboard == written


async def test_what_cannot_be_written_is_told(world: Any, tmp_path: Path) -> None:
    await world.fill()
    async with world.app().run_test(size=(110, 40), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("T")
        await world.type(pilot, str(tmp_path / "no" / "such" / "folder.md"), replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "cannot be written")
