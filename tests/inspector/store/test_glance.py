from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from factories import NOW, make_delivery
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.glance import newest_captures, newest_handlers
from hookscope_relay.delivery import new_delivery_id


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "captures.db"
    store = CaptureStore.open(path)
    for index, target in enumerate(("/a", "/b")):
        delivery = make_delivery(id=new_delivery_id(NOW + index, bytes(10)), target=target)
        await store.keep(delivery, origin="live", recognition=Recognition(provider="notion", event_type="page.created"))
    store.close()
    return path


async def test_the_newest_come_first(path: Path) -> None:
    assert [one.target for one in newest_captures(path, 9)] == ["/b", "/a"]
    (newest,) = newest_captures(path, 1)
    assert (newest.number, newest.method, newest.provider, newest.event_type) == (2, "POST", "notion", "page.created")


async def test_handlers_that_had_a_delivery(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE captures SET handler_url = 'http://localhost:3000/hooks/' || number")
    connection.close()
    assert newest_handlers(path, 9) == ["http://localhost:3000"]


@pytest.mark.parametrize("content", [None, b"", b"no database at all", b"SQLite format 3\0" + bytes(200)])
def test_what_is_no_store_has_nothing(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    if content is not None:
        path.write_bytes(content)
    assert newest_captures(path, 9) == newest_handlers(path, 9) == []
    assert sorted(tmp_path.iterdir()) == ([] if content is None else [path])
