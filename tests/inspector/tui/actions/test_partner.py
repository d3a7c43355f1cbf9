from __future__ import annotations

from typing import Any

from hookscope.tui.actions.partner import Partner, find_accepted, find_partner


async def test_the_marked_one_comes_first_then_relatives_then_likes_then_neighbours(world: Any) -> None:
    async def partner(number: int) -> Partner | None:
        return find_partner(world.store, world.store.summary(number))

    first = await world.keep(200, object_id="p1", event_id="e1")
    assert await partner(first) is None
    other = await world.keep(200, provider="", event_type="")
    assert await partner(other) == Partner(first, "the one before")
    later = await world.keep(200, object_id="p1", event_id="e2")
    assert await partner(later) == Partner(first, "the one before of the same object")
    again = await world.keep(200, object_id="p1", event_id="e2")
    assert await partner(again) == Partner(later, "the one before of the same event")
    alike = await world.keep(200, object_id="p9")
    assert await partner(alike) == Partner(again, "the page.created before")
    odd = await world.keep(200, event_type='x" or\n')
    assert (await partner(odd)) is not None
    await world.store.mark(world.store.summary(other).id, True)
    assert await partner(alike) == Partner(other, "the marked one")
    assert await partner(other) == Partner(first, "the one before")


async def test_one_that_was_accepted_is_found_by_mark_type_path_or_at_all(world: Any) -> None:
    async def good(number: int) -> Partner | None:
        return find_accepted(world.store, world.store.summary(number))

    bad = await world.keep(404, target="/hooks?x=1")
    assert await good(bad) is None
    other = await world.keep(200, provider="", event_type="", target="/other")
    assert await good(bad) == Partner(other, "the latest accepted")
    there = await world.keep(200, provider="github", event_type="push", target="/hooks")
    assert await good(bad) == Partner(there, "the latest accepted at /hooks")
    alike = await world.keep(200, target="/elsewhere")
    assert await good(bad) == Partner(alike, "the latest page.created accepted")
    odd = await world.keep(500, event_type='x" or\n', target='/"')
    assert (await good(odd)) is not None
    await world.store.mark(world.store.summary(other).id, True)
    assert await good(bad) == Partner(other, "the marked one")
