"""The journal: what it acknowledged is there after any end of the process, in generations, within its bound."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hookscope_relay.errors import AlreadyInUse, DamagedFile, LogUnavailable
from hookscope_relay.log.nats.journal import Journal, Letter


def letter(number: int, size: int = 10) -> Letter:
    return Letter(f"name{number}", "hookscope.d.one", bytes([number % 256]) * size, number, 1.5)


async def put(journal: Journal, *letters: Letter) -> list[LogUnavailable | None]:
    told: list[LogUnavailable | None] = []
    done = asyncio.Event()

    def hear(error: LogUnavailable | None) -> None:
        told.append(error)
        if len(told) == len(letters):
            done.set()

    for one in letters:
        journal.put(one, hear)
    assert told == []
    async with asyncio.timeout(10):
        await done.wait()
    return told


async def test_what_comes_in_a_moment_is_a_generation_and_the_oldest_comes_first(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", 10**6)
    assert not journal.filled.is_set()
    assert await put(journal, letter(1), letter(2)) == [None, None]
    assert await put(journal, letter(3)) == [None]
    assert (journal.count, journal.waiting, journal.filled.is_set()) == (3, {"hookscope.d.one": 3}, True)
    first, letters = await journal.oldest()
    assert list(letters) == [letter(1), letter(2)]
    await journal.drop(first, letters[:1])
    assert list((await journal.oldest())[1]) == [letter(2)]
    await journal.drop(first, letters[1:])
    second, letters = await journal.oldest()
    assert second > first
    assert list(letters) == [letter(3)]
    await journal.drop(second, letters)
    assert (journal.count, journal.waiting, journal.filled.is_set()) == (0, {}, False)
    assert list((await journal.oldest())[1]) == []
    await journal.close()


async def test_it_goes_on_where_the_last_process_was_killed(tmp_path: Path) -> None:
    code = """
        import asyncio, os, pathlib, sys
        from hookscope_relay.log.nats.journal import Journal, Letter
        async def main():
            journal = await Journal.open(pathlib.Path(sys.argv[1]), 10**6)
            journal.put(Letter("name7", "s", b"7", 0, 0.0), lambda error: os.kill(os.getpid(), 9))
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    path = tmp_path / "j.db"
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(code), str(path)], timeout=60
    )
    assert ended.returncode == -9
    journal = await Journal.open(path, 10**6)
    assert (journal.count, journal.waiting, journal.filled.is_set()) == (1, {"s": 1}, True)
    generation, letters = await journal.oldest()
    assert [one.name for one in letters] == ["name7"]
    await put(journal, letter(8))
    await journal.drop(generation, letters)
    assert (await journal.oldest())[0] > generation
    await journal.close()


async def test_it_takes_no_more_than_it_may_and_then_again(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", 1000)
    assert await put(journal, letter(1, 2000)) == [None]
    (error,) = await put(journal, letter(2))
    assert "full" in str(error)
    assert not journal.has_room
    await journal.drop(*await journal.oldest())
    assert await put(journal, letter(3)) == [None]
    await journal.close()
    (error,) = await put(journal, letter(4))
    assert "closed" in str(error)


async def test_a_disk_that_refuses_is_said_and_nothing_waits(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "j.db", 10**6)
    await journal._commits.run(lambda connection: connection.execute("PRAGMA query_only = 1") and None)
    (error,) = await put(journal, letter(1))
    assert "cannot be written" in str(error)
    assert (journal.count, journal.filled.is_set()) == (0, False)
    await journal.close()


async def test_a_second_relay_on_one_journal_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope_relay.sqlite_files.BUSY_S", 0.1)
    journal = await Journal.open(tmp_path / "j.db", 10**6)
    with pytest.raises(AlreadyInUse, match="give another file with --journal"):
        await Journal.open(tmp_path / "j.db", 10**6)
    await journal.close()


async def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "j.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DamagedFile):
        await Journal.open(tmp_path / "j.db", 10**6)
