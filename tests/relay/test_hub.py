"""The hub with both ends in memory: senders submit, inspectors are joined by their messages."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from typing import Any

import pytest

from factories import make_delivery, make_key, make_record, make_ring, open_sealed
from hookscope.tunnel.frames import Arrival, InspectorSession
from hookscope.tunnel.replies import reply_messages
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import LogUnavailable, WireError
from hookscope_relay.hub import Hub
from hookscope_relay.limits import Room
from hookscope_relay.log.memory import MemoryLog
from hookscope_relay.metrics import Metrics
from hookscope_relay.roster import PLACE_KEPT_S
from hookscope_relay.senders import Outcome
from hookscope_relay.session import MOST_NOTICES, MOST_REFUSED, Mode, Session
from hookscope_relay.settings import Retention
from hookscope_relay.wire import (
    WINDOW_DELIVERIES,
    Deliver,
    Gap,
    Piece,
    Refused,
    Role,
    Settled,
    TakeOver,
    decode,
    encode,
)

KEY = make_key()
WITHIN_S = 5.0
OK = Answer(status=200, reason="Fine", headers=(("X-Mine", "1"),), body=b"ok")
LARGE = b"\x00\xff" * 500_000


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Inspector:
    """One attached session, its messages read as the real inspector reads them."""

    def __init__(self, hub: Hub, mode: Mode = "handler", name: bytes = b"a", position: int = 0) -> None:
        self.hub = hub
        self.session: Session = hub.attach(name * 16, KEY.id, mode, position)
        self.reader = InspectorSession()
        self.reader.receive(hub.welcome(self.session, "http://relay/x", 0, 1 << 25))
        self.ready: deque[bytes] = deque()

    async def message(self) -> bytes | int:
        if not self.ready:
            async with asyncio.timeout(WITHIN_S):
                messages = await self.hub.next_messages(self.session)
            if isinstance(messages, int):
                return messages
            self.ready.extend(messages)
        return self.ready.popleft()

    async def next(self, *kinds: type) -> Any:
        """The next thing of one of these kinds."""
        while True:
            message = await self.message()
            assert isinstance(message, bytes)
            incoming = self.reader.receive(message)
            if isinstance(incoming, kinds):
                return incoming

    def reply(self, seq: int, answer: Answer = OK, by: Any = "") -> None:
        for message in reply_messages(seq, answer, by):
            self.hub.receive(self.session, message)

    async def is_silent(self) -> bool:
        """Whether there is nothing to be sent now."""
        if self.ready:
            return False
        task = asyncio.create_task(self.hub.next_messages(self.session))
        for _ in range(20):
            await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return True
        return False


def make_hub(log: MemoryLog | None = None, **changes: Any) -> Hub:
    return Hub(log or MemoryLog(), **{"deadline_s": 20.0, "max_answer": 1 << 22} | changes)


def submit(hub: Hub, record: Any = None, **changes: Any) -> asyncio.Task[Outcome]:
    return asyncio.create_task(hub.submit(record or make_record(KEY), make_delivery(**changes)))


def problem(outcome: Outcome) -> bytes:
    return outcome.answer.body


async def test_with_nobody_attached_a_delivery_is_stored_and_owed():
    log = MemoryLog()
    outcome = await make_hub(log).submit(make_record(KEY), make_delivery())
    (record,) = await log.read(KEY.id, 0, 10)
    assert (outcome.answer.status, outcome.by, outcome.seq) == (202, "relay", 1)
    assert record.owed


AWAY = {
    "the endpoint's status": ({"away_status": 200}, "store", 200, b"Stored.\n", 1),
    "a status without a body": ({"away_status": 204}, "store", 204, b"", 1),
    "the endpoint stores though the relay refuses": ({"away": "store"}, "refuse", 202, b"Stored.\n", 1),
}


@pytest.mark.parametrize(("changes", "away", "status", "body", "seq"), AWAY.values(), ids=AWAY)
async def test_the_owner_says_what_senders_get_when_nobody_listens(changes, away, status, body, seq):
    outcome = await make_hub(away=away).submit(make_record(KEY, **changes), make_delivery())
    assert (outcome.answer.status, outcome.answer.body, outcome.seq) == (status, body, seq)


@pytest.mark.parametrize(("endpoint", "relay"), [("refuse", "store"), ("", "refuse")])
async def test_a_refusing_endpoint_keeps_nothing(endpoint, relay):
    log = MemoryLog()
    outcome = await make_hub(log, away=relay).submit(make_record(KEY, away=endpoint), make_delivery())
    assert (outcome.answer.status, outcome.seq) == (503, None)
    assert ("Retry-After", "60") in outcome.answer.headers
    assert await log.ends(KEY.id) == (0, 0)


async def test_a_handlers_answer_is_the_senders():
    hub = make_hub()
    inspector = Inspector(hub)
    sender = submit(hub)
    arrival = await inspector.next(Arrival)
    assert (arrival.seq, arrival.answer, arrival.owed) == (1, True, False)
    assert 0 < arrival.left_ms <= 20_000
    inspector.reply(1)
    assert await sender == Outcome(OK, "", 1)
    settled = await inspector.next(Settled)
    assert (settled.seq, settled.how, settled.status, settled.by) == (1, "answered", 200, "")


async def test_what_arrives_is_what_was_sent():
    hub = make_hub()
    inspector = Inspector(hub)
    sent = make_delivery(body=LARGE)
    sender = asyncio.create_task(hub.submit(make_record(KEY), sent))
    arrival = await inspector.next(Arrival)
    assert sent == open_sealed(arrival.pieces, arrival.id, KEY.id, make_ring().sealing)
    inspector.reply(1)
    await sender


async def test_an_answer_that_the_inspector_made_up_says_so():
    hub = make_hub()
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    inspector.reply(1, by="inspector")
    assert (await sender).by == "inspector"


async def test_a_large_answer_comes_back_whole():
    hub = make_hub()
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    inspector.reply(1, Answer(status=200, reason="", headers=(), body=LARGE))
    assert (await sender).answer.body == LARGE


async def test_after_the_deadline_the_sender_gets_504_and_the_inspector_is_told():
    hub = make_hub(deadline_s=0.2)
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    outcome = await sender
    settled = await inspector.next(Settled)
    assert (outcome.answer.status, outcome.by, outcome.seq) == (504, "relay", 1)
    assert (settled.how, settled.status, settled.by) == ("expired", 504, "relay")
    assert settled.waited_ms >= 199
    inspector.reply(1)


async def test_a_sender_that_hangs_up_is_settled_as_gone_and_its_delivery_kept():
    log = MemoryLog()
    hub = make_hub(log)
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    sender.cancel()
    settled = await inspector.next(Settled)
    assert (settled.how, settled.status) == ("sender-gone", 0)
    assert await log.ends(KEY.id) == (0, 1)


async def test_a_log_that_cannot_keep_is_said_so_and_nobody_waits():
    log = MemoryLog()
    hub = make_hub(log)
    Inspector(hub)
    await log.close()
    with pytest.raises(LogUnavailable):
        await submit(hub)
    assert len(hub.senders) == 0


RANKS = {
    "a handler before an older capture": (("capture", "handler"), 1),
    "an older handler before a newer one": (("handler", "handler"), 0),
    "the longest attached of captures": (("capture", "capture"), 0),
    "a capture before an older watch": (("watch", "capture"), 1),
}


@pytest.mark.parametrize(("modes", "answering"), RANKS.values(), ids=RANKS)
async def test_one_session_is_to_answer(modes, answering):
    clock = Clock()
    hub = make_hub(clock=clock)
    inspectors = []
    for number, mode in enumerate(modes):
        clock.now += 1
        inspectors.append(Inspector(hub, mode, b"%d" % number))
    sender = submit(hub)
    asked = [(await inspector.next(Arrival)).answer for inspector in inspectors]
    assert asked == [number == answering for number in range(len(modes))]
    inspectors[1 - answering].reply(1)
    assert not sender.done()
    inspectors[answering].reply(1)
    assert (await sender).answer == OK


async def test_who_watches_never_answers():
    hub = make_hub()
    watcher = Inspector(hub, "watch")
    outcome = await submit(hub)
    arrival = await watcher.next(Arrival)
    assert (outcome.answer.status, arrival.owed, arrival.answer) == (202, True, False)


async def test_roles_follow_who_comes_and_goes():
    hub = make_hub()
    capture = Inspector(hub, "capture", b"a")
    assert capture.session.role == "answering"
    handler = Inspector(hub, "handler", b"b")
    assert (await capture.next(Role)).role == "watching"
    hub.detach(handler.session)
    assert (await capture.next(Role)).role == "answering"


@pytest.mark.parametrize(("away_s", "answering"), [(1.0, "a"), (PLACE_KEPT_S + 1, "b")])
async def test_a_returning_session_has_its_place_for_a_minute(away_s, answering):
    clock = Clock()
    hub = make_hub(clock=clock)
    first = Inspector(hub, name=b"a")
    clock.now += 1
    Inspector(hub, name=b"b")
    hub.detach(first.session)
    clock.now += away_s
    Inspector(hub, name=b"a")
    roles = {session.id[:1].decode(): session.role for session in hub.sessions(KEY.id)}
    assert roles == {"a": "watching", "b": "watching"} | {answering: "answering"}


@pytest.mark.parametrize("position", [0, 1], ids=["it never saw the delivery", "it saw the delivery"])
async def test_a_returning_session_may_still_reply(position):
    hub = make_hub()
    first = Inspector(hub)
    sender = submit(hub)
    await first.next(Arrival)
    hub.detach(first.session)
    again = Inspector(hub, position=position)
    if position == 0:
        assert (await again.next(Arrival)).answer
    again.reply(1)
    assert (await sender).answer == OK


async def test_what_was_in_flight_is_not_handed_on():
    hub = make_hub(deadline_s=0.2)
    first = Inspector(hub, name=b"a")
    second = Inspector(hub, name=b"b")
    sender = submit(hub)
    await first.next(Arrival)
    hub.detach(first.session)
    assert not (await second.next(Arrival)).answer
    second.reply(1)
    assert (await sender).answer.status == 504


async def test_a_replaced_session_is_closed_with_4002():
    hub = make_hub()
    first = Inspector(hub)
    waiting = asyncio.create_task(first.message())
    await asyncio.sleep(0)
    second = Inspector(hub)
    assert await waiting == 4002
    assert await first.message() == 4002
    hub.detach(first.session)
    assert hub.sessions(KEY.id) == (second.session,)
    assert second.session.role == "answering"


async def test_settled_never_comes_before_its_deliver():
    hub = make_hub()
    handler, slow = Inspector(hub, name=b"a"), Inspector(hub, "watch", b"b")
    sender = submit(hub)
    await handler.next(Arrival)
    handler.reply(1)
    await sender
    kinds = [type(decode(await slow.message())[0]) for _ in range(2)]
    assert kinds == [Deliver, Settled]


async def test_a_backlog_is_read_in_order_and_needs_no_answer():
    hub = make_hub()
    for _ in range(100):
        await submit(hub)
    inspector = Inspector(hub)
    arrivals = [await inspector.next(Arrival) for _ in range(100)]
    assert [arrival.seq for arrival in arrivals] == list(range(1, 101))
    assert {(arrival.answer, arrival.left_ms, arrival.owed) for arrival in arrivals} == {(False, 0, True)}


async def test_a_gap_is_declared():
    log = MemoryLog()
    hub = make_hub(log)
    for _ in range(5):
        await submit(hub)
    await log.trim(0.0, Retention(age_s=1e12, count=2))
    inspector = Inspector(hub, position=1)
    assert await inspector.next(Gap, Arrival) == Gap(after=1, until=3, reason="expired")
    assert (await inspector.next(Gap, Arrival)).seq == 4


async def test_no_more_than_the_window_is_in_flight():
    hub = make_hub()
    inspector = Inspector(hub)
    senders = [submit(hub) for _ in range(WINDOW_DELIVERIES + 1)]
    for _ in range(WINDOW_DELIVERIES):
        await inspector.next(Arrival)
    assert await inspector.is_silent()
    inspector.reply(1)
    assert (await inspector.next(Arrival)).seq == WINDOW_DELIVERIES + 1
    for seq in range(2, WINDOW_DELIVERIES + 2):
        inspector.reply(seq)
    assert {outcome.answer for outcome in await asyncio.gather(*senders)} == {OK}


async def test_a_small_delivery_does_not_wait_for_a_large_one():
    hub = make_hub()
    await submit(hub, body=bytes(range(256)) * 12_000)
    await submit(hub)
    inspector = Inspector(hub)
    kinds = [type(decode(await inspector.message())[0]) for _ in range(5)]
    assert kinds[:3].count(Deliver) == 2
    assert kinds.count(Piece) == 3


async def test_a_refusal_is_told_to_everyone_attached():
    hub = make_hub()
    inspectors = [Inspector(hub, "handler", b"a"), Inspector(hub, "watch", b"b")]
    hub.refused(KEY.id, "body-too-large", "POST", "/x" * 5000, 7)
    for inspector in inspectors:
        refused = await inspector.next(Refused)
        assert (refused.problem, refused.size, len(refused.target)) == ("body-too-large", 7, 2000)


@pytest.mark.parametrize("message", [b"", b"\x05\x00\x00\x00\x00\x00", b"\x03\x00\x00\x00\x00\x01\xc1"])
async def test_a_broken_message_is_refused(message):
    inspector = Inspector(make_hub())
    with pytest.raises(WireError):
        inspector.hub.receive(inspector.session, message)


async def test_a_kind_of_a_later_version_is_ignored():
    inspector = Inspector(make_hub())
    inspector.hub.receive(inspector.session, b"\x63\x00\x00\x00\x00\x00")


async def test_all_sessions_can_be_closed():
    hub = make_hub()
    inspectors = [Inspector(hub, name=b"a"), Inspector(hub, name=b"b")]
    hub.close_all(1012)
    assert [await inspector.message() for inspector in inspectors] == [1012, 1012]


async def test_a_refusal_is_told_and_a_flood_of_them_is_cut():
    hub = make_hub()
    inspector = Inspector(hub)
    for _ in range(MOST_REFUSED * 3):
        hub.refused(KEY.id, "body-too-large", "POST", "/x", 30_000_000)
    refused = await inspector.next(Refused)
    assert (refused.problem, refused.size) == ("body-too-large", 30_000_000)
    assert len(inspector.ready) == MOST_REFUSED - 1


async def test_a_session_that_lets_too_much_pile_up_is_closed_as_too_slow():
    hub = make_hub(deadline_s=0.05)
    inspector = Inspector(hub, "watch")
    inspector.session.notices.extend([b""] * (MOST_NOTICES + 1))
    Inspector(hub, "handler", b"b")
    await submit(hub)
    assert await inspector.message() == 4003


async def test_a_reply_for_which_there_is_no_room_is_answered_by_the_relay():
    metrics = Metrics()
    hub = make_hub(replies=Room(400_000, 400_000), metrics=metrics)
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    inspector.reply(1, Answer(status=200, headers=(), body=LARGE))
    outcome = await sender
    assert (outcome.answer.status, outcome.by) == (503, "relay")
    assert b"relay-busy" in problem(outcome)
    assert (metrics.limited, hub.replies.taken) == ({"max-replies": 1}, 0)


async def test_a_session_that_goes_gives_its_room_back():
    hub = make_hub(replies=Room(10**7, 10**7))
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    first, *_ = reply_messages(1, Answer(status=200, headers=(), body=LARGE), "")
    hub.receive(inspector.session, first)
    assert hub.replies.taken == len(LARGE)
    hub.detach(inspector.session)
    assert hub.replies.taken == 0
    sender.cancel()


async def test_a_cursor_that_has_fallen_off_is_told_at_once():
    hub = make_hub()
    session = hub.attach(b"a" * 16, KEY.id, "handler", 3, oldest=9)
    reader = InspectorSession()
    welcome = reader.receive(hub.welcome(session, "http://relay/x", 9, 1 << 25))
    messages = await hub.next_messages(session)
    assert isinstance(messages, list)
    gap = reader.receive(messages[0])
    assert (welcome.after, gap) == (9, Gap(after=3, until=9, reason="expired"))


async def test_a_newer_key_closes_the_sessions_of_older_ones():
    hub = make_hub()
    older = Inspector(hub, name=b"a")
    newer = hub.attach(b"b" * 16, KEY.id, "handler", 0, generation=1)
    assert await older.message() == 4001
    assert newer.role == "answering"


async def test_the_body_is_not_held_while_its_sender_waits():
    hub = make_hub()
    inspector = Inspector(hub)
    kept: list[bool] = []
    body = b"only here" * 1000
    before = sys.getrefcount(body)
    sender = asyncio.create_task(hub.submit(make_record(KEY), make_delivery(body=body), lambda: kept.append(True)))
    await inspector.next(Arrival)
    await asyncio.sleep(0)
    assert (kept, sys.getrefcount(body)) == ([True], before)
    inspector.reply(1)
    await sender


OUTCOMES = {"stored": ({}, None), "refused": ({"away": "refuse"}, None), "answered": ({}, OK), "expired": ({}, None)}


@pytest.mark.parametrize(("how", "changes", "answer"), [(how, *rest) for how, rest in OUTCOMES.items()])
async def test_each_delivery_is_counted_and_leaves_one_line_without_secrets(how, changes, answer, caplog):
    metrics = Metrics()
    hub = make_hub(metrics=metrics, deadline_s=0.1 if how == "expired" else 20.0)
    caplog.set_level("INFO", "hookscope.relay")
    caplog.set_level("INFO", "hookscope.relay.deliveries")
    inspector = Inspector(hub) if how in {"answered", "expired"} else None
    sender = submit(hub, make_record(KEY, **changes), target="/s3cret", body=b"s3cret")
    if inspector is not None and answer is not None:
        await inspector.next(Arrival)
        inspector.reply(1, answer)
    await sender
    assert metrics.deliveries == {how: 1}
    assert caplog.text.count(f"outcome={how}") == 1
    assert KEY.id[:6] in caplog.text
    assert KEY.id not in caplog.text
    assert "s3cret" not in caplog.text


class SlowLog(MemoryLog):
    """A log that keeps a delivery, or fails to, only when it is told so; its records are seen before."""

    def __init__(self) -> None:
        super().__init__()
        self.keep: list[Any] = []

    def begin(self, *args: Any, kept: Any, **keywords: Any) -> int:
        seq = super().begin(*args, **keywords, kept=lambda _: None)
        self.keep.append(kept)
        return seq


async def test_a_sender_that_hangs_up_while_its_delivery_is_kept_is_accounted_for_all_the_same():
    log, metrics = SlowLog(), Metrics()
    hub = make_hub(log, metrics=metrics)
    inspector = Inspector(hub)
    sender = submit(hub)
    arrival = await inspector.next(Arrival)
    sender.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sender
    assert await inspector.is_silent()
    log.keep[0](None)
    settled = await inspector.next(Settled)
    assert (arrival.seq, settled.seq, settled.how, settled.status) == (1, 1, "sender-gone", 0)
    assert (metrics.deliveries, len(hub.senders)) == ({"sender-gone": 1}, 0)


async def test_a_delivery_leaves_while_it_is_kept_and_its_sender_waits_for_both():
    log = SlowLog()
    hub = make_hub(log)
    inspector = Inspector(hub)
    sender = submit(hub)
    assert (await inspector.next(Arrival)).answer
    inspector.reply(1)
    assert await inspector.is_silent()
    assert not sender.done()
    log.keep[0](None)
    assert await sender == Outcome(OK, "", 1)


async def test_a_deadline_that_passes_while_a_delivery_is_kept_is_told_when_it_is():
    log = SlowLog()
    hub = make_hub(log, deadline_s=0.02)
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    while len(hub.senders):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    inspector.reply(1)
    assert not sender.done()
    log.keep[0](None)
    assert (await sender).answer.status == 504


async def test_what_left_and_could_not_be_kept_is_told_to_both_ends():
    log = SlowLog()
    hub = make_hub(log)
    inspector = Inspector(hub)
    sender = submit(hub)
    await inspector.next(Arrival)
    inspector.reply(1)
    log.keep[0](LogUnavailable("the disk is full"))
    with pytest.raises(LogUnavailable):
        await sender
    settled = await inspector.next(Settled)
    assert (settled.seq, settled.how, settled.status, settled.by) == (1, "answered", 503, "relay")
    assert (len(hub.senders), inspector.session.unanswered) == (0, {})


async def test_those_who_watch_see_what_is_turned_away_while_nobody_answers():
    hub = make_hub(away="refuse")
    watcher = Inspector(hub, "watch")
    assert (await submit(hub)).answer.status == 503
    refused = await watcher.next(Refused)
    assert (refused.problem, refused.method) == ("not-listening", "POST")


async def test_a_session_that_takes_over_answers_what_comes_next_and_not_what_came():
    hub = make_hub()
    first, second = Inspector(hub, name=b"a"), Inspector(hub, name=b"b")
    sender = submit(hub)
    assert (await first.next(Arrival)).answer
    hub.receive(second.session, encode(TakeOver()))
    assert (await first.next(Role)) == Role(role="watching", why="taken")
    assert (await second.next(Role)).role == "answering"
    first.reply(1)
    assert (await sender).answer == OK
    later = submit(hub)
    arrival = await second.next(Arrival)
    while arrival.seq == 1:
        arrival = await second.next(Arrival)
    second.reply(arrival.seq)
    assert arrival.answer
    assert (await later).answer == OK


async def test_a_session_may_take_over_as_it_comes():
    hub = make_hub()
    Inspector(hub, name=b"a")
    session = hub.attach(b"b" * 16, KEY.id, "handler", 0, label="bob@desk", takes_over=True)
    assert (session.role, [one.answerer for one in hub.sessions(KEY.id)]) == ("answering", ["bob@desk", ""])
