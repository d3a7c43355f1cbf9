"""Large deliveries on their way; how they are kept and answered: test_pipeline.py."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from factories import make_delivery
from hookscope.session.in_hand import InHand
from hookscope.session.large import OPENED_AT_ONCE, LargeOnes, is_large
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Entry
from hookscope.store.inserts import LogPlace
from hookscope.store.schema import PIECE_BYTES
from hookscope.tunnel.frames import Arrival
from hookscope_relay.errors import SealError


def arrival(size: int, seq: int = 1) -> Arrival:
    return Arrival(
        epoch="e", seq=seq, prev=seq - 1, id=f"{seq}", pieces=(bytes(size),), left_ms=0, answer=False, owed=False
    )


@pytest.mark.parametrize(("size", "large"), [(PIECE_BYTES, False), (PIECE_BYTES + 1, True)])
def test_large_is_what_does_not_fit_one_piece(size: int, large: bool) -> None:
    assert is_large(arrival(size)) is large


@pytest.mark.parametrize("size", [PIECE_BYTES + 1, OPENED_AT_ONCE + 1])
@pytest.mark.parametrize("opens", [True, False])
async def test_a_large_one_is_kept_or_declared_lost_and_then_no_longer_in_hand(
    tmp_path: Path, size: int, opens: bool
) -> None:
    store, in_hand, order = CaptureStore.open(tmp_path / "captures.db"), InHand(), list[str]()

    def unseal(_: Arrival) -> Any:
        if not opens:
            raise SealError("altered")
        return make_delivery(body=bytes(size))

    def serve(one: Arrival, delivery: Any) -> Entry:
        order.append("served")
        return Entry(delivery=delivery, place=LogPlace("e", one.epoch, one.seq, one.prev), origin="live")

    async def change(*_: object) -> None:
        order.append("changed")

    async def lost(*_: object) -> None:
        order.append("lost")

    large = LargeOnes(
        store=store,
        in_hand=in_hand,
        begin=asyncio.ensure_future,
        unseal=unseal,
        change=change,
        serve=serve,
        kept=lambda entry: order.append(f"kept {entry.number}"),
        lost=lost,
    )
    large.take(arrival(size))
    large.after("1", lambda: order.append("after it"))
    large.after("2", lambda: order.append("at once"))
    assert (in_hand.count, in_hand.bytes, large.are_many) == (1, size, False)
    await large.all_kept()
    await asyncio.sleep(0)
    assert order == ["at once", *(["changed", "served", "kept 1"] if opens else ["lost"]), "after it"]
    assert (in_hand.count, in_hand.bytes) == (0, 0)
    store.close()
