from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.capture import Attempt, Capture
from hookscope.tools.export.formats import FORMATS as KNOWN
from hookscope.tools.export.source import Exported
from hookscope.tui.actions.copy import FORMATS, render, url_of, write
from hookscope_relay.errors import CannotWrite


def test_every_format_of_export_is_on_the_menu() -> None:
    assert {name for _, name, _, _ in FORMATS} == set(KNOWN)
    keys = [key for key, *_ in FORMATS]
    assert len({*keys, "b", "u"}) == len(keys) + 2


@pytest.mark.parametrize("name", [name for _, name, _, _ in FORMATS])
def test_a_delivery_is_rendered_in_each(name: str, world: Any) -> None:
    delivery = make_delivery(headers=(("Content-Type", "application/json"),))
    exported = render([Capture(delivery=delivery)], name, "http://localhost:3000/base", world.settings)
    assert exported.content
    if name in ("curl", "httpie", "http"):
        assert b"http://localhost:3000/base/webhooks/notion" in exported.content


def test_without_a_handler_it_goes_where_it_went_last_or_to_the_sender() -> None:
    delivery = make_delivery()
    attempt = Attempt(number=1, origin="live", handler_url="http://localhost:9/a", started_at=0.0)
    assert url_of(Capture(delivery=delivery, attempts=(attempt,)), "") == "http://localhost:9/a"
    assert url_of(Capture(delivery=delivery), "") == delivery.url


def test_nothing_is_written_over(tmp_path: Path) -> None:
    exported = Exported(content=b"a", files=(("data/b.json", b"b"),))
    assert write(exported, tmp_path / "new/t.py") == (tmp_path / "new/t.py", tmp_path / "new/data/b.json")
    assert (tmp_path / "new/data/b.json").read_bytes() == b"b"
    with pytest.raises(CannotWrite, match="is there already"):
        write(exported, tmp_path / "new/t.py")
    with pytest.raises(CannotWrite, match="cannot be written"):
        write(exported, tmp_path / "new/t.py/below.py")


async def test_url_body_and_formats_are_copied(world: Any) -> None:
    await world.keep(200)
    await world.keep(200, body=b"\xff\xfe")
    async with world.app().run_test(size=(140, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected", "#2 POST")
        await pilot.press("y")
        assert pilot.app.clipboard == world.url
        await world.until(pilot, lambda: pilot.app.main.detail.detail is not None)
        await pilot.press("Y")
        await world.tells(pilot, "copied the body, 2 B; it is not text, so bytes were replaced")
        await pilot.press("k")
        await world.shows(pilot, "#1 POST", "page.created")
        await world.until(pilot, lambda: pilot.app.main.detail.detail is not None)
        await pilot.press("c")
        await world.shows(pilot, "Copy #1 as", "c  curl", "r  raw", "b  body")
        await pilot.press("c")
        await world.tells(pilot, "copied #1 as curl")
        assert pilot.app.clipboard.startswith("curl ")
        await pilot.press("c", "b")
        await world.tells(pilot, "copied the body, 201 B")
        await pilot.press("c", "u")
        assert pilot.app.clipboard == world.url
        await pilot.press("c", "escape")
        await world.hides(pilot, "Copy #1 as")


async def test_deliveries_are_exported_to_a_file(world: Any) -> None:
    await world.fill()
    async with world.app().run_test(size=(140, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected", "4 of 4")
        await pilot.press("x")
        await world.shows(pilot, "Export #4 as", "a  har")
        await pilot.press("r")
        await world.shows(pilot, "Export as raw", "delivery-4.http.txt")
        await world.type(pilot, str(world.home / "one.txt"), replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "1 delivery written to")
        assert (world.home / "one.txt").read_bytes().startswith(b"POST /webhooks/notion HTTP/1.1\r\n")
        await pilot.press("X")
        assert "raw" not in await world.shows(pilot, "Export 4 deliveries as")
        await pilot.press("t")
        await world.type(pilot, str(world.home / "tests/test_all.py"), replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "4 deliveries written to")
        await pilot.press("X", "a")
        await world.type(pilot, str(world.home / "one.txt"), replace=True)
        await pilot.press("enter")
        await world.tells(pilot, "is there already")
