from __future__ import annotations

from typing import Any

from hookscope.tools.filters.language import parse
from hookscope.tui.engine.window import PAGE, PAGES_KEPT, Window


async def fill(world: Any, count: int) -> list[int]:
    return [await world.keep(None, target=f"/{index}") for index in range(count)]


async def test_rows_stand_in_order_of_arrival(world: Any) -> None:
    numbers = await fill(world, 5)
    window = Window(world.store)
    assert [window.number(index) for index in range(len(window))] == numbers
    summary = window.summary(2)
    assert summary is not None
    assert summary.target == "/2"


async def test_only_pages_that_are_looked_at_are_read_and_few_are_kept(world: Any) -> None:
    await fill(world, 3)
    window = Window(world.store, numbers=range(1, PAGE * (PAGES_KEPT + 10)))
    for index in range(0, len(window), PAGE):
        window.summary(index)
    assert len(window._pages) == PAGES_KEPT


async def test_an_arrival_is_added_once(world: Any) -> None:
    await fill(world, 3)
    window = Window(world.store)
    assert window.summary(2) is not None
    number = await world.keep(None, target="/new")
    assert window.append([number]) == 1
    assert window.append([number]) == 0
    summary = window.summary(3)
    assert summary is not None
    assert summary.target == "/new"


async def test_a_row_is_read_again_after_it_changed(world: Any) -> None:
    number, _ = await fill(world, 2)
    window = Window(world.store)
    before = window.summary(0)
    capture = world.store.find(str(number))
    await world.store.mark(capture.delivery.id, True)
    assert window.summary(0) == before
    window.forget([number, 999])
    after = window.summary(0)
    assert after is not None
    assert after.marked


async def test_a_deleted_capture_has_no_summary(world: Any) -> None:
    await fill(world, 2)
    window = Window(world.store)
    await world.store.clear(None)
    assert window.summary(0) is None


async def test_a_capture_is_found_by_number_and_its_place_when_it_is_gone(world: Any) -> None:
    window = Window(world.store, numbers=[3, 5, 9])
    assert (window.index(5), window.index(4)) == (1, None)
    assert (window.nearest(4), window.nearest(99), window.nearest(1)) == (1, 2, 0)
    assert Window(world.store).nearest(1) is None
    window.replace([5])
    assert len(window) == 1


async def test_a_condition_limits_the_rows(world: Any) -> None:
    await world.fill()
    assert len(Window(world.store, parse("status:3xx"))) == 1
    assert len(Window(world.store, parse("is:failed"))) == 2


async def test_what_others_kept_between_two_arrivals_is_in_the_list_too(world: Any) -> None:
    await fill(world, 2)
    window = Window(world.store)
    await world.keep(None, target="/of-another-process")
    number = await world.keep(None, target="/ours")
    assert window.append([number]) == 2
    assert [row.target for row in map(window.summary, range(4)) if row] == ["/0", "/1", "/of-another-process", "/ours"]


async def test_rows_that_the_list_does_not_have_take_no_place_of_those_that_it_has(world: Any) -> None:
    numbers = await fill(world, PAGE + 10)
    window = Window(world.store, numbers=[numbers[0], numbers[1], numbers[-1]])
    assert [row.target for row in map(window.summary, range(3)) if row] == ["/0", "/1", f"/{PAGE + 9}"]


async def test_rows_that_are_others_than_when_they_were_read_are_named(world: Any) -> None:
    first, _ = await fill(world, 2)
    window = Window(world.store)
    assert window.differing(world.store.summaries()) == set()
    assert window.summary(0) is not None
    await world.store.mark(world.store.find(str(first)).delivery.id, True)
    assert window.differing(world.store.summaries()) == {first}
