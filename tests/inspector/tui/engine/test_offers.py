from __future__ import annotations

from typing import Any

from hookscope.tui.engine.offers import LONGEST, MOST, seen_values


async def test_the_most_frequent_value_comes_first(world: Any, store: Any) -> None:
    for status, event_type in ((200, "page.deleted"), (500, "page.created"), (200, "page.created")):
        await world.keep(status, event_type=event_type, target="/hooks?x=1")
    values = seen_values(store.summaries(), ("notion", "zapier"))
    assert values["type"] == ["page.created", "page.deleted"]
    assert values["path"] == ["/hooks"]
    assert values["provider"] == ["notion", "zapier"]
    assert values["method"] == ["POST"]


async def test_what_nobody_can_type_is_left_out(world: Any, store: Any) -> None:
    for event_type in ("", "x" * (LONGEST + 1), "a\x1b[31m", "fine"):
        await world.keep(200, event_type=event_type)
    assert seen_values(store.summaries())["type"] == ["fine"]


async def test_offers_are_bounded(world: Any, store: Any) -> None:
    for number in range(MOST + 5):
        await world.keep(200, event_type=f"type.{number}")
    assert len(seen_values(store.summaries())["type"]) == MOST
