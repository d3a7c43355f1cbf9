from __future__ import annotations

from typing import Any

from textual.app import App
from textual.widgets import Input

from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen


async def test_it_stays_until_the_answers_are_right(world: Any) -> None:
    given: list[Answers | None] = []
    app: App[None] = App()
    fields = [
        Field(label="Name", value="a"),
        Field(label="Secret", secret=True),
        Field(label="More", hint="or nothing"),
    ]
    async with app.run_test(size=(70, 16)) as pilot:
        check = lambda answers: "" if len(answers.values[1]) > 2 else "it is too short"  # noqa: E731
        app.push_screen(QuestionScreen("Who?", fields, check, note="A note.", switch="loudly"), given.append)
        await world.shows(pilot, "Who?", "A note.", "Name", "or nothing", "^r loudly: off")
        await world.until(pilot, lambda: app.focused is app.screen.query_one("#field-1", Input))
        await pilot.press("x", "enter")
        text = await world.shows(pilot, "✗ it is too short", "•")
        assert given == []
        assert "x" not in text.splitlines()[6]
        await pilot.press("y", "z", "ctrl+r")
        await world.shows(pilot, "loudly: on")
        await world.hides(pilot, "✗")
        await pilot.press("up", "up", "down", "down", "enter")
        await world.until(pilot, lambda: given == [Answers(("a", "xyz", ""), True)])


async def test_esc_gives_up_and_an_empty_field_is_asked_for_first(world: Any) -> None:
    given: list[Answers | None] = []
    app: App[None] = App()
    async with app.run_test(size=(70, 16)) as pilot:
        question = QuestionScreen("Who?", [Field(label="A", value="1"), Field(label="B")], lambda _: "")
        app.push_screen(question, given.append)
        await world.shows(pilot, "Who?")
        await pilot.press("up", "enter")
        await world.until(pilot, lambda: app.focused is app.screen.query_one("#field-1", Input))
        assert given == []
        await pilot.press("ctrl+r", "escape")
        await world.until(pilot, lambda: given == [None])


async def test_a_note_that_needs_two_lines_has_them(world: Any) -> None:
    app: App[None] = App()
    note = "It goes to the public URL, signed with the provider's secret where one is known."
    async with app.run_test(size=(60, 20)) as pilot:
        app.push_screen(QuestionScreen("Send?", [Field(label="Name")], lambda answers: "", note=note))
        await world.shows(pilot, "It goes to the public URL", "where one is known.", "Name", "Enter go")


async def test_its_fields_stand_one_below_the_other(world: Any) -> None:
    app: App[None] = App()
    async with app.run_test(size=(70, 16)) as pilot:
        app.push_screen(QuestionScreen("Who?", [Field(label="A"), Field(label="B"), Field(label="C")], lambda _: ""))
        await world.shows(pilot, "Who?")
        rows = [field.region.y for field in app.screen.query(Input)]
        assert rows == [rows[0], rows[0] + 1, rows[0] + 2]
