from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from held import FINDING, begun, delivery, keep
from hookscope.store.captures import CaptureStore, Kept
from hookscope.store.schema import PIECE_BYTES
from hookscope.tools.filters.condition import Condition
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import CannotWrite, DamagedFile


@pytest.mark.parametrize(
    "body", [b"", b"x", b"\xff\x00\xfe", b"y" * PIECE_BYTES, b"z" * (PIECE_BYTES + 1), os.urandom(3_000_000)], ids=len
)
async def test_a_delivery_comes_back_byte_for_byte(store: CaptureStore, body: bytes) -> None:
    made = await keep(store, body=body)
    assert store.find("last").delivery == made


async def test_numbers_grow_and_are_never_given_twice(store: CaptureStore) -> None:
    numbers = [(await store.keep(delivery(index), origin="live")).number for index in range(3)]
    await store.clear()
    numbers.append((await store.keep(delivery(9), origin="live")).number)
    numbers.append((await store.keep(delivery(10, b"x" * (PIECE_BYTES * 2)), origin="live")).number)
    numbers.append((await store.keep(delivery(11), origin="live")).number)
    assert numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("body", [b"small", b"x" * (PIECE_BYTES * 2)], ids=["small", "large"])
async def test_a_delivery_from_the_log_is_held_exactly_once(store: CaptureStore, body: bytes) -> None:
    place = {"endpoint": "e", "epoch": "a", "seq": 1, "prev": 0}
    first = await store.keep(delivery(1, body), **place, origin="live")  # type: ignore[arg-type]  # by name
    again = await store.keep(delivery(1, body), **place, origin="backlog")  # type: ignore[arg-type]  # by name
    elsewhere = await store.keep(delivery(2), **place, origin="live")  # type: ignore[arg-type]  # by name
    assert (first, again, elsewhere) == (Kept(1, True), Kept(1, False), Kept(1, False))
    assert store.count() == 1


@pytest.mark.parametrize("body", [b"small", b"x" * (PIECE_BYTES * 2)], ids=["small", "large"])
async def test_the_attempt_that_follows_is_noted_with_the_delivery_and_once(store: CaptureStore, body: bytes) -> None:
    place = {"endpoint": "e", "epoch": "a", "seq": 1, "prev": 0}
    attempt = begun("live", "http://h/", 1.0)
    first = await store.keep(delivery(1, body), **place, origin="live", attempt=attempt)  # type: ignore[arg-type]  # by name
    again = await store.keep(delivery(1, body), **place, origin="live", attempt=attempt)  # type: ignore[arg-type]  # by name
    assert (first, again) == (Kept(1, True, attempt=1), Kept(1, False))
    assert store.attempts(delivery(1).id) == (replace(attempt, number=1),)


async def test_a_delivery_that_comes_under_a_new_epoch_is_held_once(store: CaptureStore) -> None:
    await store.keep(delivery(1), endpoint="e", epoch="a", seq=7, prev=6, origin="live")
    again = await store.keep(delivery(1), endpoint="e", epoch="b", seq=1, prev=0, origin="backlog")
    assert again == Kept(1, False)
    assert store.cursor("e") == ("b", 1)


async def test_many_at_once_with_duplicates_are_each_held_once(store: CaptureStore) -> None:
    kept = await asyncio.gather(
        *(
            store.keep(delivery(n % 50), endpoint="e", epoch="a", seq=n % 50 + 1, prev=n % 50, origin="live")
            for n in range(200)
        )
    )
    assert sum(one.new for one in kept) == 50
    assert store.count() == 50
    assert store.cursor("e") == ("a", 50)


async def test_a_delivery_without_an_id_is_refused(store: CaptureStore) -> None:
    with pytest.raises(ValueError, match="needs an id"):
        await store.keep(delivery(id=""), origin="fixture")


async def test_the_cursor_moves_with_the_capture_and_never_over_a_hole(store: CaptureStore) -> None:
    async def arrive(seq: int, prev: int, epoch: str = "a") -> tuple[str, int] | None:
        await store.keep(
            delivery(seq + 100 * (epoch != "a")), endpoint="e", epoch=epoch, seq=seq, prev=prev, origin="live"
        )
        return store.cursor("e")

    assert store.cursor("e") is None
    assert await arrive(3, 0) == ("a", 3)
    assert await arrive(9, 7) == ("a", 3)
    assert await arrive(7, 4) == ("a", 3)
    assert await arrive(4, 3) == ("a", 9)
    assert await arrive(4, 3) == ("a", 9)
    assert await arrive(1, 0, "b") == ("b", 1)
    assert store.cursor("other") is None


async def test_a_gap_is_noted_once_and_passed(store: CaptureStore) -> None:
    await store.set_cursor("e", "a", 5)
    await store.keep(delivery(9), endpoint="e", epoch="a", seq=9, prev=8, origin="live")
    for _ in range(2):
        await store.declare_gap("e", "a", 5, 8, "retention")
    assert store.cursor("e") == ("a", 9)
    assert [(gap.after, gap.until, gap.reason) for gap in store.gaps("e")] == [(5, 8, "retention")]


async def test_age_and_size_let_the_oldest_go_but_the_marked_stay(store: CaptureStore) -> None:
    for index in range(1, 8):
        await keep(store, index, body=os.urandom(10_000))
    await store.mark(delivery(1).id, True)
    gone = await store.trim(1_800_000_000.25 + 3.5, max_age_s=0.0, max_bytes=10**9)
    assert (gone, [row.number for row in store.summaries()]) == (2, [7, 6, 5, 4, 1])
    await store.trim(1_800_000_010, max_age_s=1e6, max_bytes=35_000)
    assert [(row.number, row.marked) for row in store.summaries()] == [(7, False), (6, False), (1, True)]
    await store.mark(delivery(1).id, False)
    assert await store.clear(Condition("c.number = ?", (1,))) == 1


async def test_clearing_takes_everything_but_the_cursor_and_the_marked(store: CaptureStore) -> None:
    for index in (1, 2):
        await store.keep(delivery(index), endpoint="e", epoch="a", seq=index, prev=index - 1, origin="live")
    await store.begin_attempt(delivery(1).id, begun("live", "http://h/", 1.0))
    await store.end_attempt(delivery(1).id, 1, elapsed_ms=1.0, answer=Answer(status=200, body=b"ok"))
    await store.keep_findings(delivery(1).id, 1, None, [FINDING])
    await store.settle(delivery(1).id, "answered", 200, "", 1.0)
    await store.index_bodies()
    await store.mark(delivery(2).id)
    assert await store.clear() == 1
    assert await store.clear(marked=True) == 1
    held = sqlite3.connect(store.path)
    left = {
        table: held.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("captures", "heads", "bodies", "attempts", "findings", "diagnoses", "settlements", "marks")
    }
    held.close()
    assert set(left.values()) == {0}
    assert store.cursor("e") == ("a", 2)


async def test_what_was_kept_is_there_after_opening_again(store: CaptureStore, tmp_path: Path) -> None:
    made = await keep(store)
    again = CaptureStore.open(store.path)
    assert again.find("last").delivery == made
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
async def test_the_files_are_readable_by_their_owner_only(store: CaptureStore) -> None:
    await keep(store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


async def test_a_gap_may_be_told_before_what_lies_before_it_is_kept(store: CaptureStore) -> None:
    await store.set_cursor("e", "a", 5)
    await store.declare_gap("e", "a", 6, 20, "retention")
    assert store.cursor("e") == ("a", 5)
    await store.keep(delivery(21), endpoint="e", epoch="a", seq=21, prev=20, origin="backlog")
    await store.keep(delivery(6), endpoint="e", epoch="a", seq=6, prev=5, origin="backlog")
    assert store.cursor("e") == ("a", 21)


KILLED = """
import asyncio, sys
from pathlib import Path
from hookscope.model.capture import Attempt
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Delivery

ATTEMPT = Attempt(number=0, origin="live", handler_url="http://h/", started_at=1.0)

async def main():
    store = CaptureStore.open(Path(sys.argv[1]))
    async def keep(n):
        body = bytes(600_000) if n % 50 == 0 else b"x" * 2500
        made = Delivery(id=f"d{n}", received_at=1.0, method="POST", target="/", headers=(), body=body)
        await store.keep(made, endpoint="e", epoch="a", seq=n, prev=n - 1, origin="live", attempt=ATTEMPT)
        print(n, flush=True)
    for start in range(1, 10**6, 16):
        await asyncio.gather(*(keep(n) for n in range(start, start + 16)))

asyncio.run(main())
"""


async def test_a_killed_process_has_kept_what_it_said_and_the_rest_comes_once(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    said: set[int] = set()
    for _ in range(2):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", KILLED, str(path), stdout=asyncio.subprocess.PIPE, env=os.environ | child_path()
        )
        assert child.stdout is not None
        said |= {int(await child.stdout.readline()) for _ in range(150)}
        child.kill()
        # Lines on their way were said before the kill; only the last may be cut off.
        said |= {int(line) for line in (await child.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")}
        await child.wait()
    store = CaptureStore.open(path)
    rows = store.summaries(limit=100_000)
    held = [int(row.id[1:]) for row in rows]
    cursor = store.cursor("e")
    assert cursor is not None
    assert said <= set(held)
    assert len(held) == len(set(held))
    assert set(range(1, cursor[1] + 1)) <= set(held)
    assert {row.attempts for row in rows} == {1}
    assert {attempt.answer for row in rows[:20] for attempt in store.attempts(row.id)} <= {None}
    assert all(len(store.find(row.id).delivery.body) == row.bytes for row in rows if row.bytes > 2500)
    store.close()


def child_path() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


async def test_a_full_disk_is_told_keeps_nothing_half_and_recovers(store: CaptureStore) -> None:
    await keep(store, 1)
    pages = await store._commits.run(lambda writer: writer.execute("PRAGMA page_count").fetchone()[0])
    await store._commits.run(lambda writer: writer.execute(f"PRAGMA max_page_count = {pages + 8}").fetchone())
    for body in (bytes(200_000), bytes(2_000_000)):
        with pytest.raises(CannotWrite, match="full"):
            await store.keep(delivery(2, body), endpoint="e", epoch="a", seq=2, prev=1, origin="live")
    assert (store.count(), store.cursor("e")) == (1, None)
    await store._commits.run(lambda writer: writer.execute("PRAGMA max_page_count = 1000000").fetchone())
    assert (await store.keep(delivery(2, bytes(2_000_000)), endpoint="e", epoch="a", seq=2, prev=1, origin="live")).new
    assert store.find("last").delivery.body == bytes(2_000_000)


async def test_two_processes_that_keep_the_same_hold_it_once(store: CaptureStore) -> None:
    other = CaptureStore.open(store.path)
    try:
        kept = await asyncio.gather(
            *(
                one.keep(delivery(n), endpoint="e", epoch="a", seq=n, prev=n - 1, origin="live")
                for n in range(1, 41)
                for one in (store, other)
            )
        )
        assert sum(one.new for one in kept) == 40
        assert (store.count(), other.cursor("e")) == (40, ("a", 40))
    finally:
        other.close()


def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    path.write_bytes(b"this is not a database" * 1000)
    with pytest.raises(DamagedFile) as caught:
        CaptureStore.open(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes().startswith(b"this is not")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "captures.db"
    CaptureStore.open(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(DamagedFile):
        CaptureStore.open(path)


def test_a_place_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(CannotWrite) as caught:
        CaptureStore.open(blocker / "captures.db")
    assert str(blocker) in str(caught.value)
