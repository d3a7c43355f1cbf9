from __future__ import annotations

from textual.app import App, ComposeResult

from hookscope.tui.canvas.document import prose
from hookscope.tui.canvas.line import line
from hookscope.tui.widgets.side_by_side import SideBySide


class Two(App[None]):
    def compose(self) -> ComposeResult:
        yield SideBySide()


async def test_one_document_has_the_whole_width_and_two_share_it() -> None:
    async with Two().run_test(size=(80, 10)) as pilot:
        both = pilot.app.query_one(SideBySide)
        left, right = both.views
        both.show((prose(line("one")),))
        await pilot.pause()
        assert (left.size.width, right.display) == (79, False)
        both.show((prose(line("one")), prose(line("two"))))
        await pilot.pause()
        assert (right.display, right.region.x) == (True, 40)
        assert (left.document.layout(9).row(0).plain, right.document.layout(9).row(0).plain) == ("one", "two")
