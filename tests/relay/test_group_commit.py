"""Group commit."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from hookscope_relay.group_commit import GroupCommit, StorageFailed
from hookscope_relay.sqlite_files import open_database
from notes import TABLE, note, notes, open_group


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notes.db"


@pytest.fixture
def commits(path: Path) -> Iterator[GroupCommit]:
    group = open_group(path)
    yield group
    group.close()


def blocked(commits: GroupCommit) -> tuple[threading.Event, Future[object]]:
    """Holds the writer's thread within a batch of its own until the event is set."""
    inside, release = threading.Event(), threading.Event()

    def work(_connection: sqlite3.Connection) -> object:
        inside.set()
        return release.wait(10)

    future = commits.submit(work)
    assert inside.wait(10)
    return release, future


def count_commits(commits: GroupCommit) -> list[str]:
    statements: list[str] = []
    commits.submit(lambda connection: connection.set_trace_callback(statements.append)).result(10)
    return statements


# On the caller's own thread


def test_a_small_work_is_committed_at_once_and_not_synced(commits: GroupCommit, path: Path) -> None:
    statements = count_commits(commits)
    assert commits.perform(note("first")) == 1
    assert notes(path) == ["first"]
    assert [said for said in statements if "synchronous" in said] == ["PRAGMA synchronous = NORMAL"]
    assert commits.submit(note("second")).result(10) == 2
    assert [said for said in statements if "synchronous" in said][1:] == ["PRAGMA synchronous = FULL"]


def test_nothing_is_performed_beside_the_thread_or_after_the_end(commits: GroupCommit, path: Path) -> None:
    release, _ = blocked(commits)
    assert commits.perform(note("beside")) is None
    release.set()
    commits.close()
    assert commits.perform(note("after")) is None
    assert notes(path) == []


def test_what_would_wait_for_another_process_or_fails_is_not_performed(commits: GroupCommit, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert commits.perform(note("held")) is None
    other.execute("ROLLBACK")
    other.close()
    assert commits.perform(lambda connection: connection.execute("INSERT INTO nowhere VALUES (1)")) is None
    assert commits.perform(note("later")) == 1
    assert notes(path) == ["later"]


# Works


async def test_what_a_work_returned_comes_back_once_others_can_read_it(commits: GroupCommit, path: Path) -> None:
    assert await commits.run(note("first")) == 1
    assert notes(path) == ["first"]


def test_a_work_can_be_submitted_without_an_event_loop(commits: GroupCommit, path: Path) -> None:
    assert commits.submit(note("plain")).result(10) == 1
    assert notes(path) == ["plain"]


async def test_works_happen_in_the_order_of_submission(commits: GroupCommit, path: Path) -> None:
    await asyncio.gather(*(commits.run(note(str(number))) for number in range(1000)))
    assert notes(path) == [str(number) for number in range(1000)]


def test_what_is_queued_meanwhile_shares_one_commit(commits: GroupCommit) -> None:
    statements = count_commits(commits)
    release, _ = blocked(commits)
    futures = [commits.submit(note(str(number))) for number in range(100)]
    release.set()
    assert [future.result(10) for future in futures] == list(range(1, 101))
    assert statements.count("COMMIT") == 3  # of the tracing work, of the blocking one, and of all the notes


@pytest.mark.parametrize(
    ("count", "weight", "own_weight", "commits_needed"),
    [(10, 1000, 0, 3), (100, 1000, 100, 3), (100, 1000, 5000, 30)],
    ids=["by count", "by weight", "each too heavy"],
)
def test_a_commit_is_bounded(path: Path, count: int, weight: int, own_weight: int, commits_needed: int) -> None:
    group = open_group(path, count=count, weight=weight)
    statements = count_commits(group)
    release, _ = blocked(group)
    futures = [group.submit(note(str(number)), weight=own_weight) for number in range(30)]
    release.set()
    for future in futures:
        future.result(10)
    assert statements.count("COMMIT") == 2 + commits_needed
    group.close()


async def test_a_batch_is_told_with_one_call_into_the_loop(
    commits: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    calls: list[object] = []
    original = loop.call_soon_threadsafe
    release, _ = blocked(commits)
    waiting = [asyncio.ensure_future(commits.run(note(str(number)))) for number in range(50)]
    await asyncio.sleep(0)
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *call: (calls.append(call), original(*call))[1])
    release.set()
    await asyncio.gather(*waiting)
    assert len(calls) == 1


def test_each_loop_is_told_of_its_own_works(commits: GroupCommit) -> None:
    def live(name: str) -> list[int]:
        async def main() -> list[int]:
            return await asyncio.gather(*(commits.run(note(f"{name}{number}")) for number in range(50)))

        return asyncio.run(main())

    with ThreadPoolExecutor(3) as pool:
        numbers = [number for own in pool.map(live, "abc") for number in own]
    assert sorted(numbers) == list(range(1, 151))


def test_what_follows_a_commit_is_called_in_order_and_before_anyone_is_told(commits: GroupCommit) -> None:
    release, _ = blocked(commits)
    seen: list[int] = []
    futures = [commits.submit(note(str(number)), committed=seen.append) for number in range(20)]
    futures.append(commits.submit(note("3"), committed=seen.append))
    known_at_the_first: list[int] = []
    futures[0].add_done_callback(lambda _: known_at_the_first.extend(seen))
    release.set()
    assert isinstance(futures[-1].exception(10), sqlite3.IntegrityError)
    assert known_at_the_first == seen == list(range(1, 21))


# Failures


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ValueError("no"), ValueError),
        (StorageFailed("of its own"), StorageFailed),
        (StopIteration(), RuntimeError),
        (SystemExit(3), SystemExit),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
async def test_a_work_that_raises_fails_alone(
    commits: GroupCommit, path: Path, raised: BaseException, told: type[BaseException]
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        note("undone")(connection)
        raise raised

    release, _ = blocked(commits)
    before, failing, after = commits.submit(note("before")), commits.submit(work), commits.submit(note("after"))
    release.set()
    assert (before.result(10), after.result(10)) == (1, 2)
    assert isinstance(failing.exception(10), told)
    assert notes(path) == ["before", "after"]


def test_works_of_which_none_raises_cost_no_savepoints(commits: GroupCommit, path: Path) -> None:
    statements = count_commits(commits)
    release, _ = blocked(commits)
    for future in [commits.submit(note(text)) for text in ("a", "b")]:
        release.set()
        future.result(10)
    assert not [statement for statement in statements if "SAVEPOINT" in statement]
    assert notes(path) == ["a", "b"]


async def test_an_error_of_a_statement_reaches_its_caller_as_it_is(commits: GroupCommit) -> None:
    await commits.run(note("once"))
    with pytest.raises(sqlite3.IntegrityError):
        await commits.run(note("once"))


async def test_a_work_that_ends_the_transaction_fails_its_batch_and_nothing_else(
    commits: GroupCommit, path: Path
) -> None:
    with pytest.raises(StorageFailed):
        await commits.run(lambda connection: connection.execute("ROLLBACK"))
    await commits.run(note("next"))
    assert notes(path) == ["next"]


async def test_a_full_database_fails_works_until_there_is_room(commits: GroupCommit, path: Path) -> None:
    await limit_pages(commits, 10)
    with pytest.raises(StorageFailed, match="full") as caught:
        await commits.run(note("x" * 100_000))
    assert caught.value.code == sqlite3.SQLITE_FULL
    await limit_pages(commits, 10_000)
    await commits.run(note("room"))
    assert notes(path) == ["room"]


async def test_a_read_only_database_fails_works_until_it_is_writable(path: Path) -> None:
    connection = open_database(path, [TABLE], application="notes")
    group = GroupCommit(connection)
    connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageFailed, match="readonly"):
        await group.run(note("refused"))
    connection.execute("PRAGMA query_only = OFF")
    await group.run(note("kept"))
    assert notes(path) == ["kept"]
    group.close()


async def test_a_commit_that_fails_fails_every_work_of_its_batch(commits: GroupCommit, path: Path) -> None:
    await commits.run(lambda connection: connection.execute("PRAGMA busy_timeout = 10"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    results = await asyncio.gather(*(commits.run(note(str(number))) for number in range(20)), return_exceptions=True)
    assert {str(one) for one in results} == {"database is locked"}
    assert all(isinstance(one, StorageFailed) for one in results)
    other.execute("ROLLBACK")
    other.close()
    await commits.run(note("kept"))
    assert notes(path) == ["kept"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_full_disk_fails_works_until_space_returns(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2 * 1024 * 1024))
    group = open_group(small_disk / "notes.db")
    texts = [f"{number} {'x' * 100_000}" for number in range(60)]
    errors = [group.submit(note(text)).exception(10) for text in texts]
    kept = [text for text, error in zip(texts, errors, strict=True) if error is None]
    assert 0 < len(kept) < 60
    assert {type(error) for error in errors} - {type(None)} == {StorageFailed}
    ballast.unlink()
    await group.run(note("room"))
    assert notes(small_disk / "notes.db") == [*kept, "room"]
    group.close()


async def limit_pages(commits: GroupCommit, pages: int) -> None:
    await commits.run(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}"))


# Cancelling and closing


async def test_a_cancelled_caller_leaves_the_work_done_and_the_thread_alive(commits: GroupCommit, path: Path) -> None:
    release, _ = blocked(commits)
    waiting = asyncio.ensure_future(commits.run(note("abandoned")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()
    await commits.run(note("next"))
    assert notes(path) == ["abandoned", "next"]


def test_a_submitted_work_cannot_be_cancelled(commits: GroupCommit) -> None:
    release, _ = blocked(commits)
    future = commits.submit(note("stays"))
    assert not future.cancel()
    release.set()
    assert future.result(10) == 1


def test_a_loop_that_ended_does_not_stop_the_thread(commits: GroupCommit, path: Path) -> None:
    release, _ = blocked(commits)

    async def leave() -> None:
        waiting = asyncio.ensure_future(commits.run(note("left")))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    release.set()
    assert commits.submit(note("next")).result(10) == 2
    assert notes(path) == ["left", "next"]


def test_closing_keeps_what_was_queued(path: Path) -> None:
    group = open_group(path)
    release, _ = blocked(group)
    futures = [group.submit(note(str(number))) for number in range(600)]
    release.set()
    group.close()
    assert [future.result(0) for future in futures] == list(range(1, 601))
    assert len(notes(path)) == 600


async def test_closing_twice_is_once_and_work_after_it_fails_at_once(path: Path) -> None:
    group = open_group(path)
    group.close()
    group.close()
    with pytest.raises(StorageFailed, match="closed"):
        await group.run(note("late"))
    assert isinstance(group.submit(note("late")).exception(0), StorageFailed)


def test_closing_leaves_one_file(path: Path) -> None:
    group = open_group(path)
    group.submit(note("kept")).result(10)
    group.close()
    assert [entry.name for entry in path.parent.iterdir()] == ["notes.db"]


async def test_whoever_was_not_made_durable_hears_of_it_before_a_later_batch_begins(commits: GroupCommit) -> None:
    heard: list[str] = []

    def broken(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("no such table")

    release, blocking = blocked(commits)
    fine = asyncio.create_task(
        commits.run(note("a"), committed=lambda _: heard.append("kept"), failed=lambda _: heard.append("not kept"))
    )
    failing = asyncio.create_task(commits.run(broken, failed=lambda error: heard.append(str(error))))
    await asyncio.sleep(0)
    release.set()
    await fine
    with pytest.raises(sqlite3.OperationalError):
        await failing
    blocking.result(10)
    assert heard == ["kept", "no such table"]
