"""One request on its way down to a session, without either."""

from __future__ import annotations

import asyncio
from typing import Any

from factories import make_delivery, make_key, make_ring
from hookscope_relay.downflow import Downflow
from hookscope_relay.keys.seal import PIECE_BYTES, Opener, Opening, Sealer
from hookscope_relay.wire import WINDOW_STREAM, End, Flow, Open, decode

KEY = make_key()
DELIVERY = make_delivery(body=b"")


class Told:
    """A request, and what was said of it; `read` opens what its session was sent."""

    def __init__(self) -> None:
        self.flowing = 0
        self.forgotten: list[str] = []
        sealing = Sealer().begin(DELIVERY.id, KEY.id, KEY.seal, 0.0)
        forget = self.forgotten.append
        self.flow = Downflow(
            8, 9, DELIVERY, sealing, 2500, self._flow, lambda: forget("request"), lambda: forget("answer")
        )
        self.opening: Opening | None = None

    def _flow(self) -> None:
        self.flowing += 1

    def read(self) -> list[Any]:
        found: list[Any] = []
        for frame, raw in filter(None, map(decode, self.flow.messages())):
            if isinstance(frame, Open):
                delivery, self.opening = Opener(make_ring().sealing).begin(raw, DELIVERY.id, KEY.id)
                assert delivery == DELIVERY
                found.append(frame)
            elif isinstance(frame, Flow):
                assert self.opening is not None
                found.append(self.opening.close(raw) if frame.last else self.opening.part(raw))
            else:
                found.append(frame)
        return found


def test_the_head_goes_first_then_each_part_then_the_trailers() -> None:
    told = Told()
    assert told.read() == [Open(seq=8, answer=9, id=DELIVERY.id, left_ms=2500)]
    told.flow.put(b"one")
    assert told.read() == [b"one"]
    told.flow.put(b"two")
    told.flow.end((("X-Sum", "1"),))
    assert told.read() == [b"two", (("X-Sum", "1"),)]
    assert (told.flow.is_open, told.forgotten, told.read()) == (False, ["request"], [])
    told.flow.note_answer()
    assert told.forgotten == ["request", "answer"]


def test_no_more_leaves_than_the_inspector_may_have() -> None:
    told = Told()
    told.flow.put(b"x" * (WINDOW_STREAM + 10))
    assert [len(one) for one in told.read()[1:]] == [PIECE_BYTES]
    assert [len(one) for one in told.read()] == [WINDOW_STREAM - PIECE_BYTES]
    assert told.read() == []
    told.flow.end(())
    assert told.read() == []
    told.flow.grant(4)
    assert told.read() == [b"xxxx"]
    told.flow.grant(WINDOW_STREAM)
    assert told.read() == [b"xxxxxx", ()]


async def test_who_reads_the_sender_waits_while_a_window_lies_here() -> None:
    told = Told()
    told.read()
    told.flow.put(b"x" * WINDOW_STREAM)
    waiting = asyncio.create_task(told.flow.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    told.read()
    await waiting


async def test_what_breaks_off_never_seems_whole() -> None:
    told = Told()
    told.flow.put(b"one")
    told.flow.end(())
    told.flow.fail("sender-gone")
    assert told.read()[1:] == [b"one", End(seq=8, broken="sender-gone")]
    told.flow.put(b"two")
    await told.flow.room()
    assert told.read() == []


async def test_nothing_leaves_that_nobody_wants() -> None:
    told = Told()
    told.read()
    told.flow.put(b"x" * WINDOW_STREAM)
    waiting = asyncio.create_task(told.flow.room())
    await asyncio.sleep(0)
    told.flow.stop()
    await waiting
    told.flow.end(())
    assert (told.read(), told.forgotten) == ([], ["request"])
