"""Reading streams of a real server by direct gets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hookscope_relay.log.nats.reader import Message, Reader
from nats_servers import NatsServer, open_courier


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stream(nats: NatsServer) -> None:
    """A stream with one:1, two:2, one:3, …, one:9."""
    courier = await open_courier(nats)
    config = {"name": "read", "subjects": ["read.*"], "num_replicas": 1, "allow_direct": True}
    await courier.api("STREAM.CREATE.read", config)
    for number in range(1, 10):
        await courier.keep(f"read.{'one' if number % 2 else 'two'}", b"%d" % number)
    await courier.close()


@pytest.fixture
async def reader(nats: NatsServer, stream: None) -> AsyncIterator[Reader]:
    courier = await open_courier(nats)
    yield Reader(courier)
    await courier.close()


@pytest.mark.parametrize(
    ("subject", "after", "limit", "expected"),
    [
        ("read.one", 0, 3, [1, 3, 5]),
        ("read.one", 3, 9, [5, 7, 9]),
        ("read.one", 9, 9, []),
        ("read.two", 4, 9, [6, 8]),
        ("read.*", 6, 9, [7, 8, 9]),
        ("read.none", 0, 9, []),
    ],
)
async def test_a_batch_follows_its_cursor(
    reader: Reader, subject: str, after: int, limit: int, expected: list[int]
) -> None:
    found = await reader.after("read", subject, after, limit)
    assert [one.seq for one in found] == expected
    assert [one.data for one in found] == [b"%d" % seq for seq in expected]


async def test_the_next_one_is_the_first_of_its_subject_behind_a_cursor(reader: Reader) -> None:
    assert [await reader.next("read", "read.two", after) for after in (0, 2, 8)] == [
        [Message(2, "read.two", b"2")],
        [Message(4, "read.two", b"4")],
        [],
    ]


async def test_what_lies_behind_a_batch_is_counted(reader: Reader) -> None:
    assert [one.pending for one in await reader.after("read", "read.one", 0, 2)] == [4, 3]
    assert (await reader.after("read", "read.one", 0, 5))[-1].pending == 0


async def test_single_messages_are_found_from_either_end(reader: Reader) -> None:
    assert (await reader.last("read", "read.one")).seq == 9
    assert (await reader.last("read", "read.one", until=6)).seq == 5
    assert await reader.last("read", "read.two", until=1) is None
    assert await reader.last("read", "read.none") is None
    assert (await reader.at("read", 4)).data == b"4"
    assert await reader.at("read", 99) is None
    assert (await reader.from_leader("read", last_by_subj="read.two")).data == b"8"
    assert (await reader.from_leader("read", seq=4, next_by_subj="read.one")).seq == 5
    assert await reader.from_leader("read", last_by_subj="read.none") is None
