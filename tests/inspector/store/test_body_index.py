from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope.store.body_index import searched_text
from hookscope.store.captures import CaptureStore
from hookscope.store.schema import PIECE_BYTES, SEARCHED_BYTES
from hookscope.tools.filters.language import parse
from hookscope_relay.delivery import Delivery, new_delivery_id

BODIES = [
    b'{"page": "Alpha Beta"}',
    b"alpha",
    b"",
    b"\x00\xff binary",
    "Grüße aus Köln 100%_*".encode(),
    b"x" * (SEARCHED_BYTES - 2) + b"edge and beyond",
    b"first words" + b"y" * (PIECE_BYTES * 2),
]
SEARCHES = [
    ("alpha", [2, 1]),
    ("ALPHA BETA", [1]),
    ("al", [2, 1]),
    ("Köln", [5]),
    ("100%_*", [5]),
    ("100_", []),
    ("a*a", []),
    ("ed", [6]),
    ("edge", []),
    ("first words", [7]),
    ('"page": "', [1]),
    ("gamma", []),
]


@pytest.fixture
async def store(tmp_path: Path) -> Iterator[CaptureStore]:  # type: ignore[misc]  # an asynchronous fixture
    opened = CaptureStore.open(tmp_path / "captures.db")
    for index, body in enumerate(BODIES):
        await opened.keep(
            Delivery(
                id=new_delivery_id(index, bytes(10)), received_at=1.0, method="POST", target="/", headers=(), body=body
            ),
            origin="sample",
        )
    yield opened
    opened.close()


def found(store: CaptureStore, text: str) -> list[int]:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return [row.number for row in store.summaries(parse(f'body:"{quoted}"'))]


@pytest.mark.parametrize("indexed", [0, 3, 100])
async def test_a_search_finds_the_same_however_far_the_index_is(store: CaptureStore, indexed: int) -> None:
    await store.index_bodies(indexed or 1)
    assert {text: found(store, text) for text, _ in SEARCHES} == dict(SEARCHES)


async def test_the_index_is_filled_in_batches_until_it_is_complete(store: CaptureStore) -> None:
    assert [await store.index_bodies(5) for _ in range(3)] == [5, 2, 0]


async def test_captures_that_leave_take_their_words_along(store: CaptureStore) -> None:
    await store.index_bodies(100)
    await store.clear(parse("alpha") if found(store, "nothing") else parse("body:alpha"))
    assert (found(store, "alpha"), found(store, "Köln")) == ([], [5])
    left = store._read(  # the index holds no text, so only the index itself can tell
        lambda reader: reader.execute("SELECT rowid FROM body_index WHERE body_index MATCH '\"alp\"'").fetchall()
    )
    assert left == []


async def test_few_are_looked_at_without_an_index(store: CaptureStore) -> None:
    before = store.tail()
    keeping = asyncio.create_task(store.keep_index(idle_s=0.001))
    await asyncio.sleep(0.05)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    assert store.tail() == before > 0


async def test_the_index_is_kept_while_nothing_comes_in(store: CaptureStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hookscope.store.captures.LOOKED_AT", 0)
    keeping = asyncio.create_task(store.keep_index(idle_s=0.001))
    async with asyncio.timeout(5):
        while store.tail():  # noqa: ASYNC110 - what is waited for is a state of the database
            await asyncio.sleep(0.001)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


@pytest.mark.parametrize(
    ("body", "text"),
    [(b"", ""), (b"abc", "abc"), (b"\x00abc", ""), (b"\xff", ""), (b"a" * 20_000, "a" * SEARCHED_BYTES)],
)
def test_only_the_beginning_of_text_is_searched(body: bytes, text: str) -> None:
    assert searched_text(body) == text
