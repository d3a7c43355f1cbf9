"""Copies as rows: noted, then ended, beside the first attempt."""

from __future__ import annotations

from dataclasses import replace

from held import begun, delivery
from hookscope.model.capture import Attempt, SentRequest
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.entry import Copy, Entry, Group
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Answer


def ended(attempt: Attempt, number: int) -> Attempt:
    return replace(attempt, number=number, answer=Answer(status=200, reason="OK", body=b"b" * number), elapsed_ms=2.0)


async def test_copies_are_noted_and_end_in_any_group(store: CaptureStore) -> None:
    sent = SentRequest(method="PUT", target="/y", headers=(("A", "b"),), body=b"other")
    copies = tuple(
        Copy(number, replace(begun("live", "http://h/", 1.0, sent), route=f"r{number}", is_copy=True))
        for number in (2, 3)
    )
    first = ended(begun("live", "http://h/", 1.0), 0)
    entry = Entry(delivery=delivery(1), place=LogPlace("e", "a", 1, 0), origin="live", attempt=first, copies=copies)
    copies[0].attempt = ended(copies[0].attempt, 2)
    assert not entry.is_over
    appended = await store.append(Group([entry]), lambda _: Recognition())
    assert [copy for _, copy in appended.copied] == [copies[0]]
    assert [(one.number, one.is_copy, one.answer is None) for one in store.find("1").attempts] == [
        (1, False, False),
        (2, True, False),
        (3, True, True),
    ]
    copies[1].attempt = ended(copies[1].attempt, 3)
    assert entry.is_over
    await store.append(Group(copied=[(entry, copies[1])]), lambda _: Recognition())
    _, second, third = store.find("1").attempts
    assert (second.request, third.request) == (sent, sent)
    assert (third.route, third.answer) == ("r3", Answer(status=200, reason="OK", body=b"bbb"))
    assert store.summaries()[0].attempts == 3


async def test_a_copy_of_what_was_cleared_writes_nothing(store: CaptureStore) -> None:
    copy = Copy(2, replace(begun("live", "http://h/", 1.0), route="r", is_copy=True))
    entry = Entry(delivery=delivery(1), place=LogPlace("e", "a", 1, 0), origin="live", copies=(copy,))
    await store.append(Group([entry]), lambda _: Recognition())
    await store.clear()
    copy.attempt = ended(copy.attempt, 2)
    await store.append(Group(copied=[(entry, copy)]), lambda _: Recognition())
    assert store.attempts(entry.delivery.id) == ()
