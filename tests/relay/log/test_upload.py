"""Pieces that are kept before their record: a few at a time, and none seen."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.log import schema
from hookscope_relay.log.upload import Pieces
from hookscope_relay.sqlite_files import open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "relay.db"


@pytest.fixture
def connection(path: Path) -> sqlite3.Connection:
    return open_database(path, schema.MIGRATIONS, application=schema.APPLICATION)


@pytest.fixture
async def commits(connection: sqlite3.Connection) -> AsyncIterator[GroupCommit]:
    group = GroupCommit(connection)
    yield group
    await asyncio.to_thread(group.close)


def kept(path: Path) -> list[tuple[int, bytes]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT number, content FROM pieces ORDER BY number").fetchall()
    finally:
        connection.close()


async def test_pieces_are_numbered_from_the_second_on_and_kept_when_waited_for(
    commits: GroupCommit, path: Path
) -> None:
    pieces = Pieces(commits, asyncio.Semaphore(2), lambda _: None)
    for content in (b"a", b"b", b"c"):
        await pieces.add(content)
    await pieces.wait()
    assert kept(path) == [(1, b"a"), (2, b"b"), (3, b"c")]


async def test_no_more_are_under_way_than_there_is_room_for(commits: GroupCommit, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    room = asyncio.Semaphore(2)
    pieces = Pieces(commits, room, lambda _: None)
    adding = asyncio.gather(*(pieces.add(b"x") for _ in range(3)))
    await asyncio.sleep(0.01)
    assert room.locked()
    assert not adding.done()
    other.execute("ROLLBACK")
    other.close()
    await adding
    await pieces.wait()
    assert len(kept(path)) == 3
    assert not room.locked()


async def test_what_cannot_be_kept_is_said_and_gives_its_room_back(
    commits: GroupCommit, connection: sqlite3.Connection
) -> None:
    connection.execute("PRAGMA query_only = ON")
    dropped: list[int] = []
    room = asyncio.Semaphore(2)
    pieces = Pieces(commits, room, dropped.append)
    await pieces.add(b"x")
    with pytest.raises(LogUnavailable, match="readonly"):
        await pieces.wait()
    with pytest.raises(LogUnavailable, match="readonly"):
        await pieces.add(b"y")
    pieces.abandon()
    assert dropped == [pieces.number]
    with pytest.raises(LogUnavailable):
        await pieces.wait()
    assert not room.locked()
