from __future__ import annotations

from held import begun, delivery, keep
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.condition import Condition


async def test_pages_go_down_and_up_without_overlap(store: CaptureStore) -> None:
    for index in range(1, 8):
        await keep(store, index)
    numbers = lambda rows: [row.number for row in rows]  # noqa: E731
    assert numbers(store.summaries(limit=3)) == [7, 6, 5]
    assert numbers(store.summaries(limit=3, before=5)) == [4, 3, 2]
    assert numbers(store.summaries(limit=3, after=2)) == [5, 4, 3]
    assert numbers(store.summaries(Condition("c.number % 2 = ?", (1,)), limit=2, before=7)) == [5, 3]
    assert store.count(Condition("c.number > ?", (4,))) == 3
    assert store.numbers(Condition("c.number > ?", (5,))) == [6, 7]
    assert store.summary(99) is None


async def test_what_is_owed_and_untried_is_listed_oldest_first(store: CaptureStore) -> None:
    for index in range(1, 5):
        await store.keep(
            delivery(index), endpoint="e", epoch="a", seq=index, prev=index - 1, origin="backlog", owed=index != 2
        )
    await store.begin_attempt(delivery(3).id, begun("backlog", "http://h/", 1.0))
    assert [row.number for row in store.owed_without_attempt("e")] == [1, 4]
    assert store.owed_without_attempt("other") == []


async def test_earlier_deliveries_of_the_event_and_the_object_come_oldest_first(store: CaptureStore) -> None:
    for index, (event, object_id) in enumerate([("e1", "o1"), ("e2", "o1"), ("e1", "o2"), ("e3", "o3")], 1):
        await store.keep(
            delivery(index),
            endpoint="e",
            epoch="a",
            seq=index,
            prev=index - 1,
            origin="live",
            recognition=Recognition(provider="notion", event_id=event, object_id=object_id),
        )
    numbers = lambda rows: [row.number for row in rows]  # noqa: E731
    assert numbers(store.related(provider="notion", event_id="e1", before=4, limit=9)) == [1, 3]
    assert numbers(store.related(provider="notion", event_id="e1", object_id="o1", limit=9)) == [1, 2, 3]
    assert numbers(store.related(provider="notion", event_id="e1", object_id="o1", limit=2)) == [2, 3]
    assert store.related(provider="github", event_id="e1", limit=9) == store.related(provider="notion", limit=9) == []
    assert numbers(store.recent(endpoint="e", before=4, limit=2)) == [2, 3]
    assert store.recent(endpoint="another", limit=9) == []
    first = store.related(event_id="e1", limit=9)[0]
    assert (first.id, first.event_id, first.method, first.status) == (delivery(1).id, "e1", "POST", 0)
    assert len(first.body_digest) == 64


async def test_the_furthest_in_a_senders_sequence_is_found_whatever_came_after_it(store: CaptureStore) -> None:
    for index, sequence in enumerate([(1, 3), (7, 9), (4, 6), None], 1):
        await store.keep(
            delivery(index),
            endpoint="e",
            epoch="a",
            seq=index,
            prev=index - 1,
            origin="live",
            recognition=Recognition(provider="xero", sequence=sequence),
        )
    assert [(one.number, one.sequence_last) for one in store.furthest(endpoint="e", provider="xero")] == [(2, 9)]
    assert [one.number for one in store.furthest(endpoint="e", provider="xero", before=2)] == [1]
    assert store.furthest(endpoint="another", provider="xero") == store.furthest(provider="notion") == []
