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
