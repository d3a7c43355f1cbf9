from __future__ import annotations

from typing import Any

from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.screens.deliveries import DeliveriesScreen


def as_actions_see_it(screen: DeliveriesScreen) -> ActionScreen:
    """Type checking holds the screen to what actions ask of it."""
    return screen


async def test_the_screen_has_all_that_actions_ask_of_it(world: Any) -> None:
    named = {name for name in (*vars(ActionScreen), *ActionScreen.__annotations__) if not name.startswith("_")}
    assert {"list", "detail", "ask", "say", "work_on", "background"} <= named
    async with world.app().run_test() as pilot:
        await world.shows(pilot, "connected")
        screen = as_actions_see_it(pilot.app.screen)
        assert [name for name in sorted(named) if not hasattr(screen, name)] == []
