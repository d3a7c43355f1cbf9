from __future__ import annotations

import contextlib
import shlex
import sys
from typing import Any

import pytest
from textual.app import App
from textual.widgets import Input, TextArea

from factories import make_delivery
from hookscope.model.edits import parse_draft
from hookscope.tui.dialogs.editor import Edited, EditorScreen

ADD_A_LINE = "import sys; p = sys.argv[1]; b = open(p, 'rb').read(); open(p, 'wb').write(b.replace(b'Host: ', b'X-New: 1\\nHost: ') + b'\\n')"


async def test_what_is_no_request_is_not_sent_and_says_where(world: Any) -> None:
    given: list[Edited | None] = []
    delivery = make_delivery()
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(EditorScreen(delivery, 7), given.append)
        await world.shows(
            pilot, "Edit #7 and send it", "Request  POST /webhooks/notion", "Host: relay.example", "Body 201 B"
        )
        app.screen.query_one(Input).value = "POST"
        await world.shows(pilot, "✗ line 1, 'POST', is no request line")
        await pilot.press("ctrl+s")
        assert given == []
        app.screen.query_one(Input).value = "PUT /x?y=1"
        app.screen.query_one("#edited-headers", TextArea).text = "Content-Type: application/json\nA: b"
        await world.hides(pilot, "✗")
        await pilot.press("ctrl+s")
        await world.until(pilot, lambda: given)
        assert isinstance(given[0], Edited)
        edited = parse_draft(given[0].draft, delivery)
        assert (edited.method, edited.target) == ("PUT", "/x?y=1")
        assert edited.headers == (("Content-Type", "application/json"), ("A", "b"))
        assert edited.body == delivery.body


async def test_changes_are_dropped_only_on_a_second_esc(world: Any) -> None:
    given: list[Edited | None] = []
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(EditorScreen(make_delivery(), 7), given.append)
        await world.shows(pilot, "Edit #7")
        await pilot.press("escape")
        await world.until(pilot, lambda: given == [None])
        app.push_screen(EditorScreen(make_delivery(), 7), given.append)
        await world.shows(pilot, "Edit #7")
        app.screen.query_one("#edited-body", TextArea).text = '{"a":'
        await world.shows(pilot, "! the body is not valid JSON at character")
        await pilot.press("escape")
        await world.shows(pilot, "Esc again drops them")
        await pilot.press("escape")
        await world.until(pilot, lambda: given == [None, None])


async def test_a_body_that_is_no_text_is_kept_as_it_is(world: Any) -> None:
    given: list[Edited | None] = []
    delivery = make_delivery(body=b"\xff\x00\r\n")
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(EditorScreen(delivery, 7, resign=True), given.append)
        await world.shows(pilot, "Body 4 B, kept as it is", "sign anew: on")
        await pilot.press("ctrl+r", "ctrl+s")
        await world.until(pilot, lambda: given)
        assert isinstance(given[0], Edited)
        assert parse_draft(given[0].draft, delivery) == delivery
        assert not given[0].resign


async def test_the_users_own_editor_works_on_the_same_draft(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Edited | None] = []
    delivery = make_delivery()
    app: App[None] = App()
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, "-c", ADD_A_LINE]))
    monkeypatch.setattr(app, "suspend", contextlib.nullcontext)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(EditorScreen(delivery, 7, outside=True), given.append)
        await world.shows(pilot, "X-New: 1", "Body 201 B")
        monkeypatch.setenv("VISUAL", "no-such-editor-here")
        await pilot.press("ctrl+o")
        await world.shows(pilot, "✗ the editor 'no-such-editor-here' cannot be run")
        await pilot.press("ctrl+s")
        await world.until(pilot, lambda: given)
        assert isinstance(given[0], Edited)
        edited = parse_draft(given[0].draft, delivery)
        assert edited.headers[0] == ("X-New", "1")
        assert edited.body == delivery.body


async def test_where_room_is_short_the_way_out_is_told_before_the_rest(world: Any) -> None:
    app: App[None] = App()
    async with app.run_test(size=(60, 20)) as pilot:
        app.push_screen(EditorScreen(make_delivery(), 7), lambda _: None)
        await world.shows(pilot, "^s send   Esc give up   ^r sign anew: off")
        await world.hides(pilot, "Tab next")


async def test_json_is_laid_out_where_there_is_some(world: Any) -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(EditorScreen(make_delivery(body=b'{"a":{"b":1.0}}'), 7), lambda _: None)
        await world.shows(pilot, "Edit #7", "^f JSON", "Esc give up")
        await pilot.press("ctrl+f")
        assert app.screen.query_one("#edited-body", TextArea).text == '{\n  "a": {\n    "b": 1.0\n  }\n}'
        app.screen.query_one("#edited-body", TextArea).text = "no json"
        await world.shows(pilot, "Body 7 B")
        await pilot.press("ctrl+f")
        await world.shows(pilot, "✗ the body is no JSON")
