"""Pieces that are kept before their record: a few at a time, and none seen."""

from __future__ import annotations

import asyncio

import pytest

from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.upload import Pieces, Told, keep_further


class Store:
    """Keeps pieces when it is told to; `abandoned` counts."""

    def __init__(self, room: int = 2) -> None:
        self.room = asyncio.Semaphore(room)
        self.waiting: list[tuple[int, bytes, Told]] = []
        self.kept: list[tuple[int, bytes]] = []
        self.abandoned = 0

    def upload(self) -> Pieces:
        return Pieces(7, self.room, lambda *piece: self.waiting.append(piece), self._abandon)

    def keep(self, error: Exception | None = None) -> None:
        """All that wait are kept, or not."""
        waiting, self.waiting = self.waiting, []
        for number, content, told in waiting:
            if error is None:
                self.kept.append((number, content))
            told(error)

    def _abandon(self) -> None:
        self.abandoned += 1


async def test_no_more_are_under_way_than_there_is_room_for() -> None:
    store = Store()
    pieces = store.upload()
    adding = asyncio.ensure_future(_add(pieces, b"a", b"b", b"c"))
    await asyncio.sleep(0)
    assert [piece[:2] for piece in store.waiting] == [(1, b"a"), (2, b"b")]
    assert not adding.done()
    store.keep()
    await adding
    waiting = asyncio.ensure_future(pieces.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    store.keep()
    await waiting
    assert store.kept == [(1, b"a"), (2, b"b"), (3, b"c")]
    assert not store.room.locked()


async def test_what_cannot_be_kept_is_said_and_gives_its_room_back() -> None:
    store = Store()
    pieces = store.upload()
    await pieces.add(b"x")
    store.keep(OSError("the disk is full"))
    with pytest.raises(LogUnavailable, match="the disk is full"):
        await pieces.wait()
    with pytest.raises(LogUnavailable, match="the disk is full"):
        await pieces.add(b"y")
    store.keep()
    assert not store.room.locked()


async def test_what_does_not_travel_in_the_record_is_kept_before_it() -> None:
    store = Store(room=9)
    assert await keep_further((b"head", b"body"), store.upload) == ((b"head", b"body"), None)
    keeping = asyncio.ensure_future(keep_further((b"head", *[b"x" * 300_000] * 3), store.upload))
    await asyncio.sleep(0)
    store.keep()
    inline, upload = await keeping
    assert (inline, [number for number, _ in store.kept], store.abandoned) == ((b"head",), [1, 2, 3], 0)
    assert upload is not None
    assert (upload.number, upload.count) == (7, 3)
    keeping = asyncio.ensure_future(keep_further((b"head", *[b"x" * 300_000] * 3), store.upload))
    await asyncio.sleep(0)
    store.keep(OSError("no"))
    with pytest.raises(LogUnavailable):
        await keeping
    assert store.abandoned == 1


async def _add(pieces: Pieces, *contents: bytes) -> None:
    for content in contents:
        await pieces.add(content)
