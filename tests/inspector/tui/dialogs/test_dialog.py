from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App

from hookscope.tui.canvas.document import prose
from hookscope.tui.canvas.line import line
from hookscope.tui.dialogs.dialog import Dialog


async def test_a_key_of_the_answers_ends_it_and_others_do_not(world: Any) -> None:
    answers: list[str | None] = []
    copied: list[str] = []
    app: App[None] = App()
    async with app.run_test(size=(60, 12)) as pilot:
        dialog = Dialog(
            lambda width: prose(*(line(f"row {number}") for number in range(40))),
            {"y": "yes", "escape": ""},
            {"c": lambda: copied.append("c")},
        )
        app.push_screen(dialog, answers.append)
        await world.shows(pilot, "row 0")
        await pilot.press("x", "c", "j", "pagedown")
        assert (answers, copied) == ([], ["c"])
        await world.hides(pilot, "row 1 ")
        await pilot.press("y")
        assert answers == ["yes"]


async def test_keys_right_behind_the_one_that_ends_it_end_nothing_else(world: Any) -> None:
    answers: list[str | None] = []
    app: App[None] = App()
    async with app.run_test(size=(60, 12)) as pilot:
        app.push_screen(Dialog(lambda width: prose(line("sure?")), {"y": "yes"}), answers.append)
        await world.shows(pilot, "sure?")
        dialog = app.screen
        for _ in range(2):
            dialog.post_message(events.Key("y", "y"))
        await world.hides(pilot, "sure?")
        assert answers == ["yes"]
