"""What a session is sent next."""

from __future__ import annotations

import asyncio

from factories import make_delivery, make_key, make_record
from hookscope_relay.dispatch import SEND_AT_ONCE_BYTES
from hookscope_relay.hub import Hub
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.log.protocol import Record
from hookscope_relay.session import Session
from hookscope_relay.wire import CLOSE_RESTART, CLOSE_TOO_SLOW, Deliver, Frame, Piece, Settled, decode, encode
from relays import until

KEY = make_key()
LARGE = bytes(1_000_000)


class Counting(MemoryLog):
    """Counts the pieces that are read back."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def piece(self, endpoint: str, seq: int, number: int) -> bytes:
        self.reads += 1
        return await super().piece(endpoint, seq, number)


def attached(log: MemoryLog) -> tuple[Hub, Session]:
    hub = Hub(log, deadline_s=20.0, max_answer=1 << 22)
    session = hub.attach(bytes(16), KEY.id, "handler", 0)
    session.notices.clear()
    return hub, session


async def frames(hub: Hub, session: Session, count: int) -> list[Frame]:
    found: list[Frame] = []
    while len(found) < count:
        messages = await hub.next_messages(session)
        assert not isinstance(messages, int)
        found += [decoded[0] for message in messages if (decoded := decode(message))]
    return found


async def test_who_is_to_answer_is_sent_a_large_delivery_from_memory_and_then_it_is_held_no_more() -> None:
    log, released = Counting(), []
    hub, session = attached(log)
    sender = asyncio.create_task(
        hub.submit(make_record(KEY), make_delivery(body=LARGE), lambda: released.append(session.position))
    )
    found = await frames(hub, session, 5)
    assert [type(frame).__name__ for frame in found] == ["Deliver", *["Piece"] * 4]
    await until(lambda: released)
    assert (log.reads, [waiter.pieces for waiter in hub._waiting]) == (0, [()])
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)


async def test_who_only_watches_reads_a_large_delivery_from_the_log() -> None:
    log = Counting()
    hub, _ = attached(log)
    watcher = hub.attach(bytes([1] * 16), KEY.id, "watch", 0)
    watcher.notices.clear()
    sender = asyncio.create_task(hub.submit(make_record(KEY), make_delivery(body=LARGE)))
    found = await frames(hub, watcher, 5)
    assert isinstance(found[0], Deliver)
    assert log.reads == 4
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)


async def test_who_is_told_to_come_back_hears_the_last_words_first_and_who_is_too_slow_does_not() -> None:
    for code, words in ((CLOSE_RESTART, 1), (CLOSE_TOO_SLOW, 0)):
        hub, session = attached(MemoryLog())
        session.settle(Settled(seq=0, how="answered", status=200, by="", waited_ms=1))
        hub.close(session, code)
        if words:
            assert len(await frames(hub, session, 1)) == words
        assert await hub.next_messages(session) == code


async def test_how_a_wait_ended_is_told_behind_the_next_delivery() -> None:
    hub, session = attached(MemoryLog())
    sender = asyncio.create_task(hub.submit(make_record(KEY), make_delivery()))
    (first,) = await frames(hub, session, 1)
    assert isinstance(first, Deliver)
    session.settle(Settled(seq=first.seq, how="answered", status=200, by="", waited_ms=1))
    others = [asyncio.create_task(hub.submit(make_record(KEY), make_delivery())) for _ in range(40)]
    await until(lambda: len(hub._waiting) > len(others))
    found = await frames(hub, session, len(others) + 1)
    assert [type(frame) for frame in found] == [*[Deliver] * len(others), Settled]
    for task in (sender, *others):
        task.cancel()
    await asyncio.gather(sender, *others, return_exceptions=True)


async def test_how_a_wait_ended_is_not_told_before_its_delivery_has_left() -> None:
    hub, session = attached(MemoryLog())
    for _ in range(2):
        session.notices.append(encode(Piece(seq=9, number=1, last=False), bytes(SEND_AT_ONCE_BYTES)))
    session.deliver(Record(1, 0, "id1", 1.0, False, 1, 4, (b"head",)), left_ms=1, answer=True)
    session.settle(Settled(seq=1, how="expired", status=504, by="relay", waited_ms=1))
    session.ring()
    kinds = [type(frame).__name__ for frame in await frames(hub, session, 4)]
    assert kinds == ["Piece", "Piece", "Deliver", "Settled"]
