from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from held import delivery, keep
from hookscope.model.errors import NoSuchCapture
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.reader import CaptureReader
from hookscope_relay.errors import DamagedFile, InputError


async def test_recognition_comes_back(store: CaptureStore) -> None:
    given = Recognition(
        provider="notion",
        confidence=1.0,
        event_id="e1",
        event_type="page.created",
        event_at=5.0,
        object_id="o",
        attempt_number=2,
        sequence=(7, 9),
    )
    made = delivery()
    await store.keep(made, origin="live", recognition=given)
    assert store.recognition(made.id) == given


async def test_a_capture_is_found_by_number_id_prefix_and_last(store: CaptureStore) -> None:
    first, second = await keep(store, 1), await keep(store, 100_000)
    assert store.find("1").delivery == store.find(first.id).delivery == first
    assert store.find("last").delivery == store.find(second.id[:9].upper()).delivery == second
    assert store.number_of(second.id) == 2


async def test_names_that_name_none_or_several(store: CaptureStore) -> None:
    with pytest.raises(NoSuchCapture, match="nothing is captured yet"):
        store.find("last")
    made = [await keep(store, index) for index in (1, 2)]
    for name in ("99", "zzz", "", "x" * 500, "-1", "٣", made[0].id + "0"):
        with pytest.raises(NoSuchCapture):
            store.find(name)
    with pytest.raises(InputError, match=f"1 \\({made[0].id}\\), 2 "):
        store.find(made[0].id[:5])


async def test_a_second_process_sees_what_the_first_writes(store: CaptureStore) -> None:
    other = CaptureStore.open(store.path)
    try:
        version = other.data_version()
        assert other.data_version() == version
        await keep(store, 1)
        assert other.data_version() != version
        assert (await other.keep(delivery(2), origin="live")).number == 2
        assert [row.number for row in store.summaries()] == [2, 1]
    finally:
        other.close()


async def test_several_threads_read_while_one_writes(store: CaptureStore) -> None:
    stop = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            rows = store.summaries(limit=1000)
            if [row.number for row in rows] != list(range(len(rows), 0, -1)):
                wrong.append(str(rows))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    await asyncio.gather(*(store.keep(delivery(index), origin="live") for index in range(200)))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


async def test_a_database_damaged_in_the_middle_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    first = CaptureStore.open(path)
    for index in range(30):
        await first.keep(delivery(index, os.urandom(3000)), origin="live")
    first.close()
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))
    with pytest.raises(DamagedFile) as caught:
        damaged = CaptureStore.open(path)
        try:
            damaged.summaries()
            damaged.find("last")
        finally:
            damaged.close()
    assert str(path) in str(caught.value)


def test_closing_waits_for_those_who_read_and_refuses_the_next(tmp_path: Path) -> None:
    CaptureStore.open(tmp_path / "captures.db").close()
    reader = CaptureReader(tmp_path / "captures.db")
    reading, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def look(connection: sqlite3.Connection) -> None:
        reading.set()
        go_on.wait(10)
        connection.execute("SELECT count(*) FROM captures").fetchone()
        order.append("read")

    def close() -> None:
        reader.close()
        order.append("closed")

    looking = threading.Thread(target=reader._read, args=(look,))
    closing = threading.Thread(target=close)
    looking.start()
    assert reading.wait(10)
    closing.start()
    go_on.set()
    for thread in (looking, closing):
        thread.join(10)
    assert order == ["read", "closed"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        reader.count()


async def test_what_is_newer_than_a_capture(store: CaptureStore) -> None:
    assert store.newest() == 0
    first, second = await keep(store, 1), await keep(store, 2)
    assert store.newest() == 2
    assert store.newer([second.id, first.id, "not-held"], 1) == [second.id]
