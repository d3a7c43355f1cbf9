from __future__ import annotations

from typing import Any

import pytest

from hookscope.model.errors import NoSuchCapture
from hookscope.tui.actions.diff import compare
from hookscope.tui.actions.partner import Partner


async def test_two_deliveries_are_compared_by_meaning(world: Any) -> None:
    await world.keep(500, body=b'{"a":1,"b":[1,2]}', object_id="p1")
    number = await world.keep(200, body=b'{"b":[1,2], "a":2}', object_id="p1")
    selected = world.store.summary(number)
    compared = compare(world.store, selected, Partner(1, "why"))
    assert [(one.place, one.left, one.right) for one in compared.differences] == [("body/a", "1", "2")]
    with pytest.raises(NoSuchCapture):
        compare(world.store, selected, Partner(99, "why"))


async def test_d_shows_the_differences(world: Any) -> None:
    await world.keep(500, body=b'{"a":1}', object_id="p1")
    async with world.app().run_test(size=(140, 30), notifications=True) as pilot:
        await world.shows(pilot, "connected", "1 of 1")
        await pilot.press("d")
        await world.shows(pilot, "there is no other delivery to compare it with")
        world.arrive(await world.keep(200, body=b'{"a":2}', object_id="p1"))
        await world.shows(pilot, "of 2 deliveries")
        await pilot.press("G", "d")
        await world.shows(pilot, "#2 against #1, the one before of the same object", "~ body/a", "Body  1 difference")
        await pilot.press("d")
        await world.hides(pilot, "against")
