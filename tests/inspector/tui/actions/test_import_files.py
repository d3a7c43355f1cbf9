from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hookscope.tui.actions import import_files
from hookscope.tui.actions.import_files import read_found
from hookscope_relay.errors import InputError

RAW = b"POST /from-a-file HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"


def record(path: Path, count: int) -> None:
    entries = [
        {
            "startedDateTime": f"2026-01-01T00:00:{index % 60:02d}.{index:03d}Z",
            "request": {"method": "POST", "url": f"https://x.example/har/{index}", "headers": []},
        }
        for index in range(count)
    ]
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), "utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are typed letter by letter, so they are short."""
    monkeypatch.chdir(tmp_path)


async def test_a_file_is_imported_and_its_deliveries_are_in_the_list(world: Any, tmp_path: Path) -> None:
    await world.fill()
    (tmp_path / "one.txt").write_bytes(RAW)
    async with world.app().run_test(size=(140, 40)) as pilot:
        await world.shows(pilot, "4 of 4")
        await pilot.press("I")
        await world.shows(pilot, "Import deliveries", "Nothing in the file is run")
        await pilot.press("enter")
        await world.shows(pilot, "there is no such file")
        await pilot.press(*"one.txt", "enter")
        await world.shows(pilot, "/from-a-file", "of 5 deliveries")
        await world.tells(pilot, "1 delivery imported from one.txt")


async def test_what_was_held_before_is_counted_and_not_held_again(world: Any, tmp_path: Path) -> None:
    record(tmp_path / "many.har", 45)
    async with world.app().run_test(size=(140, 40)) as pilot:
        for told in ("45 deliveries imported from many.har", "0 deliveries imported from many.har, 45 held before"):
            await pilot.press("I", *"many.har", "enter")
            await world.tells(pilot, told)
        await world.shows(pilot, "of 45 deliveries")


async def test_what_cannot_be_read_is_told(world: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    async with world.app().run_test(size=(140, 40)) as pilot:
        await pilot.press("I", *"empty", "enter")
        await world.tells(pilot, "is empty")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MAX_BYTES", 10)
    (tmp_path / "large").write_bytes(RAW)
    with pytest.raises(InputError, match="has more than"):
        read_found(tmp_path / "large", 0.0)
