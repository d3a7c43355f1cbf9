from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from factories import NOW, make_delivery
from hookscope.commands.find_dues import find_dues
from hookscope.model.errors import NoSuchCapture
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.language import FilterError
from hookscope_relay.delivery import new_delivery_id


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CaptureStore]:
    store = CaptureStore.open(tmp_path / "captures.db")
    for index, method in enumerate(("POST", "PUT", "POST")):
        delivery = make_delivery(
            id=new_delivery_id(NOW + index, bytes(10)), received_at=NOW + index, method=method, target=f"/{index}"
        )
        await store.keep(delivery, origin="live")
    yield store
    store.close()


async def test_what_is_named_comes_first_then_what_meets_the_filter_oldest_first(store: CaptureStore) -> None:
    dues = find_dues(store, ["2", "last"], "method:POST")
    assert [due.name for due in dues] == ["2", "3", "1", "3"]
    assert [due.received_at - NOW for due in dues] == [1, 2, 0, 2]
    assert find_dues(store, [], "method:GET") == []


async def test_what_names_nothing_is_told(store: CaptureStore) -> None:
    with pytest.raises(NoSuchCapture):
        find_dues(store, ["9"], "")
    with pytest.raises(FilterError):
        find_dues(store, [], "colour:red")
