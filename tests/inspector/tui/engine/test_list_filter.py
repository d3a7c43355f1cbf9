from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hookscope.tui.engine.list_filter import ListFilter


class Looks:
    """Finds out when the test says so; keeps what went wrong."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []
        self.wrong: list[Exception] = []

    def look(self, what: str, find: Callable[[], Any], show: Callable[[Any], object]) -> None:
        self.waiting.append(lambda: show(find()))

    def run(self) -> None:
        waiting, self.waiting = self.waiting, []
        for look in waiting:
            look()


async def test_the_list_shows_what_meets_the_latest_filter(world: Any) -> None:
    await world.fill()
    shown: list[int] = []
    looks = Looks()
    chosen = ListFilter(world.store, looks, lambda window: shown.append(len(window)))
    chosen.enter("provider:github")
    chosen.enter("")
    looks.run()
    assert shown == [4]
    chosen.enter("provider:github")
    looks.run()
    assert (chosen.text, shown) == ("provider:github", [4, 1])


async def test_it_is_read_again_only_where_something_changed(world: Any) -> None:
    looks = Looks()
    chosen = ListFilter(world.store, looks, lambda window: None)
    chosen.read_if_stale()
    assert looks.waiting == []
    chosen.is_stale = True
    chosen.read_if_stale()
    chosen.read_if_stale()
    assert len(looks.waiting) == 1


async def test_other_newest_rows_than_before_have_it_read_again(world: Any) -> None:
    await world.fill()
    chosen = ListFilter(world.store, Looks(), lambda window: None)
    newest = world.store.summaries()
    chosen.compare(newest)
    chosen.is_stale = False
    chosen.compare(world.store.summaries())
    assert not chosen.is_stale
    chosen.compare(newest[1:])
    assert chosen.is_stale
