from __future__ import annotations

from dataclasses import replace

import pytest

from factories import make_delivery
from hookscope.model.call import Call, Credential, Tie
from hookscope.model.capture import Failure
from hookscope.model.errors import NoSuchCapture
from hookscope.model.finding import Evidence, Finding
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer

FINDING = Finding(
    code="api.token-stale",
    severity="error",
    cause="token-stale",
    layer="provider-api",
    title="t",
    hint="h",
    evidence=(Evidence("e", "answer.body"),),
)
CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="POST",
    target="/v1/comments?x=1",
    started_at=100.0,
    headers=(("X", "\xff"),),
    body=b"\x00\xff",
    body_bytes=2,
    elapsed_ms=12.5,
    first_byte_ms=10.0,
    answer=Answer(status=401, reason="No", headers=(("A", "b"),), body=b"{}"),
    answer_bytes=2,
    connection="4711",
    fault="notion: 401",
    credential=Credential(
        place="Authorization", scheme="Bearer", kind="notion-token", shown="ntn_…abcd", digest="00112233"
    ),
    findings=(FINDING,),
)


def of(delivery: str) -> Tie:
    return Tie(delivery=delivery, confidence=0.97, why="it names x", others=("b",))


async def test_a_call_comes_back_as_it_was(store: CaptureStore) -> None:
    delivery = make_delivery(id="a" * 26)
    await store.keep(delivery, origin="live")
    (kept,) = await store.keep_calls([replace(CALL, tie=of(delivery.id))])
    assert kept.number == 1
    assert store.calls(delivery.id) == (kept,)
    assert store.call(1) == kept
    assert store.capture_number(delivery.id) == 1
    assert store.capture_number("none") == 0


async def test_a_call_without_an_answer_comes_back_too(store: CaptureStore) -> None:
    failed = replace(
        CALL,
        answer=None,
        failure=Failure(kind="closed", detail="gone"),
        abandoned=True,
        credential=None,
        first_byte_ms=None,
    )
    assert store.call((await store.keep_calls([failed]))[0].number) == replace(failed, number=1)


async def test_calls_come_in_the_order_they_were_made(store: CaptureStore) -> None:
    await store.keep_calls([replace(CALL, tie=of("d"), started_at=at) for at in (3.0, 1.0, 2.0)])
    assert [call.started_at for call in store.calls("d")] == [1.0, 2.0, 3.0]


async def test_calls_go_with_their_delivery_and_messages_with_their_calls(store: CaptureStore) -> None:
    delivery = make_delivery(id="a" * 26)
    await store.keep(delivery, origin="live")
    await store.keep_calls([replace(CALL, tie=of(delivery.id)), CALL])
    await store.clear()
    assert store.calls(delivery.id) == ()
    assert store.call(2).number == 2
    await store.trim(now=CALL.started_at + 31 * 86_400)
    with pytest.raises(NoSuchCapture, match="there is no call 2"):
        store.call(2)


async def test_what_worked_last_is_known(store: CaptureStore) -> None:
    good = replace(CALL, answer=Answer(status=200), fault="")
    await store.keep_calls([good, replace(good, started_at=200.0), CALL, replace(good, api="other")])
    assert store.last_good("notion") == {"00112233": 200.0}
