"""What a store remembers around a delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.diagnosis.case import Earlier
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.earlier import StoreMemory

CAME = (
    Recognition(provider="xero", object_id="invoice", sequence=(5, 9)),
    Recognition(provider="xero", object_id="invoice", sequence=(1, 4)),
    Recognition(provider="xero", object_id="contact", sequence=(10, 12)),
    Recognition(provider="notion", object_id="invoice"),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CaptureStore]:
    store = CaptureStore.open(tmp_path / "captures.db")
    for recognition in CAME:
        await store.keep(make_delivery(), endpoint="mine", origin="live", recognition=recognition)
    await store.keep(make_delivery(), endpoint="another", origin="live", recognition=CAME[0])
    yield store
    store.close()


def numbers(found: Sequence[Earlier]) -> list[int]:
    return [one.number for one in found]


@pytest.mark.parametrize(
    ("asked", "before", "found"),
    [
        (CAME[0], 9, [1, 2, 3]),  # the third is of another object, but the furthest in the sequence
        (Recognition(provider="xero", object_id="invoice"), 9, [1, 2]),
        (CAME[1], 3, [1, 2]),
        (Recognition(provider="xero", sequence=(13, 13)), 9, [3]),
        (Recognition(provider="github", object_id="invoice", sequence=(1, 1)), 9, []),
        (Recognition(provider="xero"), 9, []),
    ],
)
def test_the_same_object_and_the_furthest_of_the_sequence_are_remembered(
    store: CaptureStore, asked: Recognition, before: int, found: list[int]
) -> None:
    assert numbers(StoreMemory(store, "mine").related(asked, before)) == found


def test_what_came_last_is_remembered_whoever_sent_it(store: CaptureStore) -> None:
    assert numbers(StoreMemory(store, "mine").recent(9)) == [1, 2, 3, 4]
    assert numbers(StoreMemory(store, "mine").recent(3)) == [1, 2]
    assert numbers(StoreMemory(store).recent(9)) == [1, 2, 3, 4, 5]


async def test_many_at_a_time_are_told_what_each_would_be_told_alone(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "many.db")
    for number in range(60):
        known = Recognition(
            provider=("xero", "notion")[number % 2],
            event_id=("", f"e{number % 3}", f"own{number}")[number % 3],
            object_id=("o1", "o2", "")[number % 5 % 3],
            sequence=(number, number) if number % 7 == 0 else None,
        )
        await store.keep(
            make_delivery(), endpoint=("mine", "another")[number % 11 == 0], origin="live", recognition=known
        )
    memory = StoreMemory(store, "mine")
    asked = [(store.recognition(store.find(str(number)).delivery.id), number) for number in range(20, 61)]
    together = memory.over(asked)
    assert type(together) is not StoreMemory
    for recognition, number in asked:
        assert together.related(recognition, number) == list(memory.related(recognition, number))
    assert memory.over(asked[:1]) is memory
    assert memory.over([(asked[0][0], 1), (asked[0][0], 1000)]) is memory
    store.close()
