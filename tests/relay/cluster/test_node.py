"""Two relays over one log: deliveries enter at one, inspectors sit at the other, and either may die."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hookscope_relay.app import Relay
from hookscope_relay.cluster import node as module
from hookscope_relay.cluster.messages import Hello
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.wire import Settled
from nats_servers import SMALL, NatsServer, nats_settings
from relays import FINE, KEY, Inspecting, ask, inspecting, make_request, opened, problem_of, relaying, until, with_body

OTHER = Answer(status=200, reason="OK", headers=(), body=b"other")


@pytest.fixture
async def nodes(nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Relay]]:
    """Two nodes, both of which have the endpoint."""
    monkeypatch.setattr(module, "HELLO_S", 0.05)
    settings = nats_settings(nats, tmp_path / "0.db")
    async with contextlib.AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(node_of(replace(settings, journal=tmp_path / f"{number}.db")))
            for number in range(2)
        ]
        await opened(made[0])
        yield made


def node_of(settings: Any, **changes: Any) -> Any:
    return relaying(nats=settings, retention=SMALL, **changes)


async def known_at(node: Relay, count: int) -> None:
    """The node knows that so many are attached elsewhere."""
    await until(lambda: len(node._hub.roster.elsewhere(KEY.id)) == count)


def arrivals(inspector: Inspecting) -> list[tuple[int, bool]]:
    return [(one.seq, one.answer) for one in inspector.arrivals]


async def test_a_delivery_at_one_node_is_answered_by_an_inspector_at_the_other(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as inspector:
        await known_at(here, 1)
        answers = [await ask(node, with_body(b"hello")) for node in (here, far, here)]
        assert [(answer.status, answer.body) for answer in answers] == [(200, b"fine")] * 3
        assert all(arrival.answer and arrival.left_ms > 0 for arrival in inspector.arrivals)
        seqs = [dict(answer.headers)[b"Hookscope-Seq"] for answer in answers]
        assert [b"%d" % arrival.seq for arrival in inspector.arrivals] == seqs
        settled = lambda: [one for one in inspector.incoming if isinstance(one, Settled)]  # noqa: E731
        await inspector.until(lambda: len(settled()) == 3)
        assert {(one.how, one.status) for one in settled()} == {("answered", 200)}
    assert here.metrics.deliveries["answered"] == 2
    assert far.metrics.deliveries["answered"] == 1


@pytest.mark.parametrize("size", [0, 100_000, 3_000_000])
async def test_answers_of_any_size_cross(nodes: list[Relay], size: int) -> None:
    here, far = nodes
    body = os.urandom(size)
    headers = (("X-One", "a"), ("x-one", "b"))
    async with inspecting(far, Answer(status=201, reason="Made", headers=headers, body=body)):
        await known_at(here, 1)
        answer = await ask(here, with_body(b"hello"))
    assert (answer.status, answer.body) == (201, body)
    assert [pair for pair in answer.headers if pair[0].lower() == b"x-one"] == [(b"X-One", b"a"), (b"x-one", b"b")]


async def test_a_large_delivery_crosses_with_all_its_pieces(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as inspector:
        await known_at(here, 1)
        body = os.urandom(1_500_000)
        assert (await ask(here, with_body(body))).body == b"fine"
        assert inspector.tunnel is not None
        await inspector.until(lambda: len(inspector.arrivals) == 1)


async def test_nobody_attached_anywhere_is_known_at_once(nodes: list[Relay]) -> None:
    for node in nodes:
        assert (await ask(node, with_body(b"hello"))).status == 202


async def test_of_inspectors_at_both_nodes_the_one_attached_longest_answers(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as first:
        await known_at(here, 1)
        async with inspecting(here, OTHER) as second:
            await known_at(far, 1)
            assert [(await ask(node, with_body(b"1"))).body for node in nodes] == [b"fine", b"fine"]
            await second.until(lambda: len(second.arrivals) == 2)
            assert arrivals(second) == [(arrival.seq, False) for arrival in first.arrivals]
            await first.tunnel.stop()
            await known_at(here, 0)
            assert [(await ask(node, with_body(b"2"))).body for node in nodes] == [b"other", b"other"]


async def test_an_inspector_that_moves_to_another_node_keeps_its_place(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as first:
        await known_at(here, 1)
        async with inspecting(here, OTHER):
            await known_at(far, 1)
            moved = Inspecting(here, FINE)
            moved.tunnel._session_id = first.tunnel._session_id
            running = asyncio.create_task(moved.tunnel.run())
            await moved.until(moved.is_connected)
            await known_at(far, 2)
            await known_at(here, 0)
            assert [(await ask(node, with_body(b"1"))).body for node in nodes] == [b"fine", b"fine"]
            await moved.tunnel.stop()
            await running


async def test_what_an_inspector_had_in_hand_it_may_answer_from_another_node(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, None) as first:
        await known_at(here, 1)
        asking = asyncio.create_task(ask(here, with_body(b"1")))
        await first.until(lambda: first.arrivals)
        seq = first.arrivals[0].seq
        moved = Inspecting(here, None)
        moved.tunnel._session_id = first.tunnel._session_id
        running = asyncio.create_task(moved.tunnel.run())
        await moved.until(lambda: moved.arrivals)
        moved.tunnel.replies.send(seq, OTHER, "")
        assert (await asking).body == b"other"
        await moved.tunnel.stop()
        await running


async def test_a_node_that_dies_is_noticed_at_the_next_delivery(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(here, OTHER) as second, inspecting(far, FINE) as first:
        first.tunnel.take_over()
        await until(lambda: here._hub.roster.answerer(KEY.id) is None)
        assert (await ask(here, with_body(b"1"))).body == b"fine"
        await far._log.courier.client.close()
        assert (await ask(here, with_body(b"2"))).body == b"other"
        assert here._hub.roster.elsewhere(KEY.id) == ()
        assert [answer for _, answer in arrivals(second)] == [False, True]


async def test_words_that_were_lost_are_made_good_by_the_beat(
    nodes: list[Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, far = nodes
    async with inspecting(far, FINE):
        await known_at(here, 1)
        here._hub.roster.note_elsewhere(KEY.id, far._log.node, ())
        here._node._others[far._log.node].version -= 1
        await known_at(here, 1)
        assert (await ask(here, with_body(b"1"))).body == b"fine"


async def test_a_node_that_asks_is_still_known(nodes: list[Relay]) -> None:
    """Else each would make the other ask, for as long as both live."""
    here, far = nodes
    async with inspecting(far, FINE):
        await known_at(here, 1)
        await until(lambda: all(one.version >= 0 for node in nodes for one in node._node._others.values()))
        known = here._node._others[far._log.node].version
        assert known >= 0
        here._node._hear_of_node(Hello(far._log.node))
        assert here._node._others[far._log.node].version == known


def mute(node: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """No word that a delivery is there leaves the node."""
    monkeypatch.setattr(node._log, "heard", lambda endpoint, seq: None)


async def test_what_was_told_in_vain_is_made_good_by_the_sweep(
    nodes: list[Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, far = nodes
    mute(here, monkeypatch)
    async with inspecting(far, FINE) as inspector:
        await known_at(here, 1)
        assert (await ask(here, with_body(b"1"))).body == b"fine"
        await inspector.until(lambda: len(inspector.arrivals) == 1)


async def test_what_was_told_in_vain_is_made_good_by_the_word_on_how_it_ended(
    nats: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_S", 3600.0)
    settings = nats_settings(nats, tmp_path / "a.db")
    async with (
        node_of(settings, deadline_s=0.3) as here,
        node_of(replace(settings, journal=tmp_path / "b.db")) as far,
    ):
        mute(here, monkeypatch)
        async with inspecting(far, None) as inspector:
            await known_at(here, 1)
            assert (await ask(here, with_body(b"1"))).status == 504
            await inspector.until(lambda: len(inspector.arrivals) == 1)


async def test_a_deadline_at_one_node_lets_the_other_forget(nats: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(nats, tmp_path / "a.db")
    async with (
        node_of(settings, deadline_s=0.3) as here,
        node_of(replace(settings, journal=tmp_path / "b.db")) as far,
        inspecting(far, None) as inspector,
    ):
        await known_at(here, 1)
        answer = await ask(here, with_body(b"1"))
        assert (answer.status, problem_of(answer)) == (504, "deadline-passed")
        await inspector.until(lambda: any(isinstance(one, Settled) for one in inspector.incoming))
        assert len(far._hub.senders) == 0


async def test_what_is_turned_away_at_one_node_is_told_at_the_other(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as inspector:
        await known_at(here, 1)
        assert (await ask(here, make_request(headers=b"Sec-Fetch-Mode: navigate\r\n", method=b"GET"))).status == 403
        await inspector.until(lambda: inspector.refused)
        assert inspector.refused[0].problem == "browser-refused"


async def test_a_rotated_key_seals_at_every_node_at_once(nodes: list[Relay]) -> None:
    here, far = nodes
    await ask(far, with_body(b"1"))
    record = far._log.known(KEY.id)
    assert record is not None
    assert await here._log.keep_endpoint(replace(record, away="refuse"))
    await until(lambda: (known := far._log.known(KEY.id)) is not None and known.away == "refuse")
    assert (await ask(far, with_body(b"2"))).status == 503


async def test_cursors_of_an_older_log_are_not_taken_by_the_new_one(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE) as inspector:
        await known_at(here, 1)
        await ask(here, with_body(b"1"))
        epoch = await here._log.new_epoch()
        here._node._say_all(module.Changed(""))
        await until(lambda: far._log.epoch == epoch)
        await inspector.until(
            lambda: inspector.changes.count(inspector.changes[-1]) and inspector.arrivals[-1].epoch == epoch
        )


async def test_which_log_it_is_is_asked_until_the_servers_say(
    nodes: list[Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOUBT_S", 0.01)
    here, far = nodes
    await until(lambda: here._node.others == far._node.others == 1)
    look, silent = far._log.look_at_epoch, [LogUnavailable("no leader")] * 2

    async def look_late() -> str:
        if silent:
            raise silent.pop()
        return await look()

    monkeypatch.setattr(far._log, "look_at_epoch", look_late)
    epoch = await here._log.new_epoch()
    await until(lambda: far._log.epoch == epoch and not far._node._doubts)
    # And once more, when there is a reason again.
    epoch = await here._log.new_epoch()
    await until(lambda: far._log.epoch == epoch)


async def test_metrics_tell_of_nodes_and_of_what_waits(nodes: list[Relay]) -> None:
    here, far = nodes
    await until(lambda: here._node.others == far._node.others == 1)
    page = await ask(here, b"GET /-/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert b"hookscope_relay_nodes 2\n" in page.body
    assert b"hookscope_relay_spilled 0\n" in page.body


async def test_a_node_that_ends_says_farewell(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, FINE):
        await known_at(here, 1)
        await asyncio.wait_for(far.stop(), 10)
        await until(lambda: here._node.others == 0)
        assert (await ask(here, with_body(b"1"))).status == 202


async def test_an_answer_that_is_still_being_written_crosses_as_it_comes(nodes: list[Relay]) -> None:
    here, far = nodes
    parts = [os.urandom(90_000) for _ in range(9)]
    async with inspecting(far, None) as inspector:
        await known_at(here, 1)
        asking = asyncio.create_task(ask(here, with_body(b"1", b"Connection: close\r\n")))
        await inspector.until(lambda: inspector.arrivals)
        outflow = inspector.tunnel.streams.open(inspector.arrivals[0].seq)
        assert outflow is not None
        outflow.interim(Answer(status=103, headers=(("Link", "</a>"),)))
        outflow.begin(Answer(status=200, headers=(("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum"))))
        async with asyncio.timeout(10):
            for part in parts:
                await outflow.room(len(part))
                outflow.put(part)
        outflow.end((("X-Sum", "9"),))
        raw = (await asking).raw
    interim, _, final = raw.partition(b"\r\n\r\n")
    assert interim.startswith(b"HTTP/1.1 103 ")
    head, _, body = final.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    whole = b"".join(parts)
    assert _unchunked(body) == (whole, b"X-Sum: 9\r\n")


def _unchunked(body: bytes) -> tuple[bytes, bytes]:
    """The content of a chunked body, and its trailers."""
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            return content, body.removesuffix(b"\r\n")
        content += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]


async def test_an_upgraded_connection_crosses_both_ways_until_either_end_leaves(nodes: list[Relay]) -> None:
    here, far = nodes
    async with inspecting(far, None) as inspector:
        await known_at(here, 1)
        reader, writer = await asyncio.open_connection("127.0.0.1", here.settings.port)
        writer.write(make_request(headers=b"Upgrade: websocket\r\nConnection: Upgrade\r\n", method=b"GET"))
        await inspector.until(lambda: inspector.arrivals)
        outflow = inspector.tunnel.streams.open(inspector.arrivals[0].seq)
        assert outflow is not None
        outflow.begin(Answer(status=101, headers=(("Upgrade", "websocket"), ("Connection", "Upgrade"))))
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            outflow.put(b"from the handler")
            assert await reader.readexactly(16) == b"from the handler"
            writer.write(b"from the sender")
            assert await outflow.take() == b"from the sender"
            writer.close()
            await outflow.gone
