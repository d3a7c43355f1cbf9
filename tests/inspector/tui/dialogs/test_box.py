from __future__ import annotations

from textual.app import App

from hookscope.tui.dialogs.box import Box


async def test_it_ends_once_whatever_comes_after() -> None:
    given: list[str | None] = []
    app: App[None] = App()
    async with app.run_test() as pilot:
        box: Box[str] = Box()
        await app.push_screen(box, given.append)
        box.dismiss("first")
        box.dismiss("second")
        await pilot.pause()
        assert given == ["first"]
        assert app.screen is not box
