"""What the transform makes of deliveries, until they are served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from factories import make_delivery
from hookscope.model.verdict import Recognition
from hookscope.session.alter import Alterations
from hookscope.session.transform import TransformFailed
from hookscope.tunnel.frames import Arrival
from hookscope_relay.delivery import Delivery


def arrival(answer: bool) -> Arrival:
    return Arrival(epoch="a", seq=1, prev=0, id="d", pieces=(), left_ms=1000, answer=answer, owed=False)


WAITING = arrival(True)


class Upper:
    """A transform without a process."""

    async def change(self, delivery: Delivery, recognition: Recognition) -> Delivery | None:
        if delivery.body == b"wrong":
            raise TransformFailed("The transform m:f failed: KeyError")
        return replace(delivery, body=delivery.body.upper()) if delivery.body else None


@pytest.mark.parametrize(
    ("body", "made", "why", "status"),
    [
        (b"a", b"A", "", None),
        (b"", None, "The transform left it out.", 200),
        (b"wrong", None, "The transform m:f failed: KeyError", 502),
    ],
)
async def test_what_was_made_is_taken_once(body: bytes, made: bytes | None, why: str, status: int | None) -> None:
    transform: Any = Upper()
    alterations = Alterations(transform, lambda _: Recognition())
    delivery = make_delivery(body=body)
    await alterations.make(WAITING, delivery)
    altered = alterations.take(delivery.id)
    assert altered is not None and alterations.take(delivery.id) is None
    assert (altered.delivery.body if altered.delivery else None, altered.why) == (made, why)
    assert (altered.answer.status if altered.answer else None) == status


def test_only_what_a_sender_waits_for_and_is_no_upgrade_is_changed() -> None:
    transform: Any = Upper()
    alterations = Alterations(transform, lambda _: Recognition())
    upgrade = make_delivery(headers=(("Connection", "Upgrade"), ("Upgrade", "websocket")))
    assert alterations.is_for(WAITING, make_delivery())
    assert not alterations.is_for(arrival(False), make_delivery())
    assert not alterations.is_for(WAITING, upgrade)
    assert not Alterations(None, lambda _: Recognition()).is_for(WAITING, make_delivery())
