from __future__ import annotations

from typing import Any

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
