from __future__ import annotations

from textual.app import App, ComposeResult

from hookscope.tui.canvas.line import line
from hookscope.tui.widgets.lines import Lines


class Holder(App[None]):
    words = "one"

    def compose(self) -> ComposeResult:
        yield Lines(lambda width: [line(self.words), line(f"{width} cells")], height=3)


async def test_lines_are_drawn_for_the_width_and_anew_on_refresh() -> None:
    app = Holder()
    async with app.run_test(size=(30, 5)) as pilot:
        await pilot.pause()
        assert [strip.text.strip() for strip in app.screen._compositor.render_strips()][:3] == ["one", "30 cells", ""]
        app.words = "two [bold]"
        app.query_one(Lines).refresh()
        await pilot.pause()
        assert app.screen._compositor.render_strips()[0].text.strip() == "two [bold]"
