from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from textual.app import App, ComposeResult

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.json_block import JsonBlock
from hookscope.tui.canvas.line import line
from hookscope.tui.canvas.text_block import TextBlock
from hookscope.tui.widgets.document_view import DocumentView


class Viewer(App[None]):
    def __init__(self, document: Document) -> None:
        super().__init__()
        self._shown = document

    def compose(self) -> ComposeResult:
        yield DocumentView(self._shown)

    @property
    def view(self) -> DocumentView:
        return self.query_one(DocumentView)

    def rows(self) -> Iterator[str]:
        for strip in self.screen._compositor.render_strips():
            yield strip.text.strip(" ▁▂▃▄▅▆▇█")


async def test_prose_scrolls_row_by_row_and_page_by_page() -> None:
    app = Viewer(prose(*(line(f"row {number}") for number in range(100))))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        for step, first in ((1, "row 1"), (1, "row 2"), (-1, "row 1")):
            app.view.move(step)
            await pilot.pause()
            assert next(app.rows()) == first
        app.view.page(1)
        await pilot.pause()
        assert next(app.rows()) == "row 10"
        app.view.to_end()
        await pilot.pause()
        assert list(app.rows())[-1] == "row 99"
        app.view.to_start()
        await pilot.pause()
        assert next(app.rows()) == "row 0"


@pytest.mark.parametrize("count", [1, 3, 30])
async def test_no_character_of_a_wrapped_line_lies_under_the_scrollbar(count: int) -> None:
    letters = "".join(chr(65 + number % 26) for number in range(200))
    app = Viewer(prose(*(line(letters, hard=True) for _ in range(count))))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        app.view.to_start()
        await pilot.pause()
        assert "".join(app.rows()).startswith(letters[:200] if count > 1 else letters)


async def test_json_folds_at_the_cursor() -> None:
    app = Viewer(Document((JsonBlock(b'{"a":{"b":1},"c":2}'),)))
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.focus()
        app.view.move(1)
        assert app.view.toggle()
        await pilot.pause()
        assert '▸ "a": { … 1 },' in list(app.rows())
        app.view.move(1)
        assert not app.view.toggle()
        await pilot.click(DocumentView, offset=(5, 1))
        assert '"b": 1' in list(app.rows())


async def test_a_long_tree_grows_while_one_goes_down() -> None:
    app = Viewer(Document((JsonBlock(json.dumps(list(range(5000))).encode()),)))
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        before = app.view.virtual_size.height
        assert before < 5000
        for _ in range(20):  # a slow machine needs the key more than once
            app.view.to_end()
        await pilot.pause()
        assert app.view.virtual_size.height == 5002
        assert "4999" in list(app.rows())


async def test_a_large_text_is_seen_at_both_ends() -> None:
    app = Viewer(Document((TextBlock(b"first" + b"x" * 25_000_000 + b"last"),)))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        assert next(app.rows()).startswith("firstxxx")
        app.view.to_end()
        await pilot.pause()
        assert list(app.rows())[-1].endswith("last")


async def test_a_resize_lays_out_anew() -> None:
    app = Viewer(prose(line("one two three four five six seven")))
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert next(app.rows()).endswith("seven")
        await pilot.resize_terminal(20, 10)
        await pilot.pause()
        assert next(app.rows()).endswith("three")


async def test_the_end_of_an_empty_document_is_its_start() -> None:
    app = Viewer(Document())
    async with app.run_test(size=(20, 5)):
        app.view.to_end()
        app.view.move(3)
        assert not app.view.toggle()
