"""Acknowledged means kept: while the cluster takes nothing the journal does, and order holds through it all."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from factories import NOW
from hookscope_relay.delivery import new_delivery_id
from hookscope_relay.errors import LogUnavailable
from hookscope_relay.log.nats import post as module
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.settings import Retention
from nats_servers import SMALL, NatsServer, nats_settings, open_log, serving, wait_for


@pytest.fixture
def server() -> Iterator[NatsServer]:
    """One that a test may kill."""
    with serving(sync=False) as made:
        yield made


class Sender:
    """Keeps deliveries and notes what it was told, in order."""

    def __init__(self, log: NatsLog) -> None:
        self.log = log
        self.kept: list[str] = []
        self.placed: dict[str, int] = {}
        self.refused: list[Exception] = []
        self.slowest_s = 0.0

    async def send(self, endpoint: str = "one", size: int = 10) -> str:
        name = new_delivery_id(NOW, os.urandom(10))
        done = asyncio.Event()
        started = time.monotonic()

        def kept(error: Exception | None) -> None:
            if error is None:
                self.kept.append(name)
            else:
                self.refused.append(error)
            done.set()

        placed: Callable[[int], Any] = lambda seq: self.placed.setdefault(name, seq)  # noqa: E731
        assert self.log.begin(endpoint, name, (b"x" * size,), at=NOW, owed=True, kept=kept, placed=placed) == 0
        async with asyncio.timeout(20):
            await done.wait()
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)
        return name


async def names(log: NatsLog, endpoint: str = "one") -> list[str]:
    found: list[str] = []
    after = 0
    while records := await log.read(endpoint, after, 100):
        found += [record.delivery_id for record in records]
        after = records[-1].seq
    return found


async def test_what_comes_while_the_server_is_gone_is_acknowledged_and_brought_in_in_order(
    server: NatsServer, tmp_path: Path
) -> None:
    log = await open_log(server, tmp_path / "j.db")
    sender = Sender(log)
    for _ in range(5):
        await sender.send()
    server.kill()
    for _ in range(10):
        await sender.send()
    assert log.health().spilled == 10
    assert log.health().trouble["spilled"] == 10
    assert await log.ready()
    assert len(sender.placed) == 5
    server.start()
    for _ in range(5):
        await sender.send()
    await wait_for(lambda: not log.health().spilled)
    assert await names(log) == sender.kept
    assert len(sender.kept) == 20
    assert list(sender.placed.values()) == sorted(sender.placed.values())
    assert len(sender.placed) == 20
    assert sender.slowest_s < 1.0
    await log.close()


async def test_what_the_last_process_left_is_brought_in_by_the_next(server: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(server, tmp_path / "j.db")
    log = await NatsLog.open(settings, SMALL)
    sender = Sender(log)
    server.kill()
    await sender.send()
    await sender.send("two")
    await log.close()
    server.start()
    again = await NatsLog.open(settings, SMALL)
    await wait_for(lambda: not again.health().spilled)
    assert await names(again) + await names(again, "two") == sender.kept
    await again.close()


@pytest.mark.parametrize("late", [False, True], ids=["at once", "after the servers forgot its name"])
async def test_what_was_kept_without_a_word_is_not_kept_twice(
    late: bool, server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acknowledgement is lost, not the delivery."""
    if late:
        monkeypatch.setattr(module, "DUPLICATES_S", 0)
    monkeypatch.setattr(module, "BUDGET_S", 0.05)
    log = await open_log(server, tmp_path / "j.db")
    sender = Sender(log)
    await sender.send()
    server.freeze()
    sending = [asyncio.ensure_future(sender.send()) for _ in range(3)]
    await asyncio.gather(*sending)
    assert log.health().spilled == 3
    server.thaw()
    await wait_for(lambda: not log.health().spilled)
    found = await names(log)
    assert sorted(found) == sorted(sender.kept)
    assert len(set(found)) == 4
    await log.close()


async def test_large_deliveries_come_through_the_journal_with_their_pieces(server: NatsServer, tmp_path: Path) -> None:
    log = await open_log(server, tmp_path / "j.db")
    pieces = (b"head", os.urandom(256 * 1024), os.urandom(256 * 1024), b"tail")
    server.kill()
    appending = asyncio.ensure_future(
        log.append("one", new_delivery_id(NOW, os.urandom(10)), pieces, at=NOW, owed=False)
    )
    await wait_for(lambda: log.health().spilled == 4)
    server.start()
    record = await appending
    assert tuple([await log.piece("one", record.seq, number) for number in range(4)]) == pieces
    await log.close()


async def test_a_full_stream_refuses_and_takes_again_once_there_is_room(server: NatsServer, tmp_path: Path) -> None:
    settings = nats_settings(server, tmp_path / "j.db")
    log = await NatsLog.open(settings, Retention(total_bytes=100_000))
    sender = Sender(log)
    for _ in range(8):
        await sender.send(size=20_000)
    assert len(sender.kept) == 6
    assert all(isinstance(error, LogUnavailable) and "maximum bytes" in str(error) for error in sender.refused)
    assert (log.health().spilled, log.health().trouble["full"]) == (0, 2)
    assert await log.trim(NOW, Retention(count=2))
    await sender.send(size=20_000)
    assert await names(log) == sender.kept[-3:]
    await log.close()


async def test_a_stream_that_vanishes_is_said_and_what_comes_waits_for_it(
    nats: NatsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = await open_log(nats, tmp_path / "j.db")
    sender = Sender(log)
    name = log.names.deliveries
    config = (await log.courier.api(f"STREAM.INFO.{name}"))["config"]
    await log.courier.api(f"STREAM.DELETE.{name}")
    await sender.send()
    await wait_for(lambda: any("spilled deliveries wait" in record.message for record in caplog.records))
    assert (len(sender.kept), sender.refused, log.health().spilled) == (1, [], 1)
    await log.courier.api(f"STREAM.CREATE.{name}", config)
    await wait_for(lambda: not log.health().spilled)
    assert await names(log) == sender.kept
    await log.close()


async def test_only_those_of_an_endpoint_that_has_something_in_the_journal_wait_for_it(
    server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal cannot be drained for a while, though the cluster takes what comes."""
    log = await open_log(server, tmp_path / "j.db")
    bring_in = log._post._bring_in
    let = asyncio.Event()

    async def bring_in_later(*given: Any) -> bool:
        await let.wait()
        return await bring_in(*given)

    monkeypatch.setattr(log._post, "_bring_in", bring_in_later)
    monkeypatch.setattr(log._post, "_is_away", True)
    sender = Sender(log)
    await sender.send("one")
    monkeypatch.setattr(log._post, "_is_away", False)
    await sender.send("two")
    assert log.health().spilled == 1
    assert len(await names(log, "two")) == 1
    monkeypatch.setattr(module, "BUDGET_S", 0.05)
    await sender.send("one")
    assert log.health().spilled == 2
    monkeypatch.setattr(module, "BUDGET_S", 60.0)
    waiting = [asyncio.ensure_future(sender.send("one")) for _ in range(3)]
    await asyncio.sleep(0)
    let.set()
    sent = await asyncio.gather(*waiting)
    assert log.health().trouble["spilled"] == 2
    assert await names(log, "one") == [sender.kept[0], sender.kept[2], *sent]
    await log.close()
