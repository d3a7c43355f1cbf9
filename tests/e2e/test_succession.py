"""Several `listen` of one endpoint on one machine, each a process of its own: the others show the first one, and one
of them takes its place when it ends, in order or not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from processes import Process, running
from raw_http import OK, RawMessage, RawServer, exchange
from sessions import WITHIN_S

SIGNALS = {"in order": signal.SIGTERM, "killed": signal.SIGKILL}


@contextlib.contextmanager
def listening(home: Path, *arguments: str) -> Iterator[Process]:
    one = Process(home, "listen", *arguments, "--json")
    try:
        yield one
    finally:
        one.close()


def opened(one: Process) -> str:
    """Its URL."""
    return str(one.lines.wait(lambda line: line["type"] == "ready")["url"])


def notice(one: Process, words: str) -> str:
    line = one.lines.wait(lambda line: line["type"] == "notice" and words in line["text"])
    return str(line["text"])


def answering(one: Process) -> dict[str, Any]:
    """It has a connection of its own, and answers."""
    return one.lines.wait(
        lambda line: line["type"] == "connection" and line["role"] == "answering" and "through" not in line
    )


async def post(url: str, target: str) -> bytes:
    host, _, endpoint = url.removeprefix("http://").partition("/")
    head = f"POST /{endpoint}{target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n{{}}"
    return await exchange(int(host.rpartition(":")[2]), head.encode(), timeout=WITHIN_S)


def captured(one: Process, target: str) -> dict[str, Any]:
    return one.lines.wait(lambda line: line["type"] == "captured" and line["target"] == target)


def attempted(one: Process, target: str) -> dict[str, Any]:
    return one.lines.of("attempted", captured(one, target)["id"])


@pytest.mark.parametrize("by", SIGNALS.values(), ids=SIGNALS)
async def test_of_those_that_show_a_session_one_takes_its_place_and_the_other_shows_that(
    by: signal.Signals, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for path in (home, tmp_path / "relay"):
        path.mkdir()
    async with RawServer(OK) as handler:
        with (
            running(tmp_path / "relay", "relay", "--port", "0", "--memory", "--json") as relay,
            listening(home, str(handler.port), "--relay", relay.wait(lambda _: True)["url"]) as first,
        ):
            url = opened(first)
            with listening(home) as second, listening(home) as third:
                for one in (second, third):
                    assert f"this shows the session of process {first.process.pid}, and takes" in notice(one, "shows")
                    assert opened(one) == url
                assert (await post(url, "/before")).startswith(b"HTTP/1.1 200")
                assert {attempted(one, "/before")["status"] for one in (first, second, third)} == {200}
                code = first.end(by)
                assert code == (0 if by == signal.SIGTERM else -by)
                told = {one: notice(one, f"process {first.process.pid} has ended") for one in (second, third)}
                heir = next(one for one, text in told.items() if "and this one takes its place" in text)
                other = third if heir is second else second
                assert f"this shows the session of process {heir.process.pid}, which took its place" in told[other]
                answering(heir)
                assert (await post(url, "/after")).startswith(b"HTTP/1.1 200")
                assert {attempted(one, "/after")["status"] for one in (heir, other)} == {200}
                assert heir.end() == 0
                answering(other)
                assert (await post(url, "/last")).startswith(b"HTTP/1.1 200")
                assert other.end() == 0
    assert [RawMessage(request).target for request in handler.requests] == [b"/before", b"/after", b"/last"]


async def test_what_comes_while_it_changes_hands_is_not_lost(tmp_path: Path) -> None:
    """Each sender has an answer: the handler's, the relay's 202 for what the heir then has as owed, or 504 where the
    first one had it in hand as it was killed."""
    home = tmp_path / "home"
    for path in (home, tmp_path / "relay"):
        path.mkdir()
    async with RawServer(OK) as handler:
        with (
            running(tmp_path / "relay", "relay", "--port", "0", "--memory", "--deadline", "2s", "--json") as relay,
            listening(home, str(handler.port), "--relay", relay.wait(lambda _: True)["url"]) as first,
        ):
            url = opened(first)
            with listening(home) as heir:
                notice(heir, "shows")
                ended = asyncio.create_task(asyncio.to_thread(first.end, signal.SIGKILL))
                taken = asyncio.create_task(asyncio.to_thread(answering, heir))
                posts: list[asyncio.Task[bytes]] = []
                while not taken.done():
                    posts.append(asyncio.create_task(post(url, f"/{len(posts)}")))
                    await asyncio.wait({taken}, timeout=0.05)
                await asyncio.gather(ended, taken)
                statuses = [answer[9:12] for answer in await asyncio.gather(*posts)]
                kept = [await asyncio.to_thread(captured, heir, f"/{number}") for number in range(len(statuses))]
    assert {*statuses} <= {b"200", b"202", b"504"}, statuses
    assert b"202" in statuses
    assert [line["owed"] for line, status in zip(kept, statuses, strict=True) if status == b"202"].count(False) == 0


async def test_one_that_only_shows_another_ends_alone(tmp_path: Path) -> None:
    with listening(tmp_path, "--port", "0") as first:
        opened(first)
        with listening(tmp_path) as second:
            notice(second, "shows")
            assert second.end() == 0
        assert first.end() == 0


async def test_one_that_is_stopped_lets_nobody_in_and_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with listening(tmp_path, "--port", "0") as first:
        opened(first)
        os.kill(first.process.pid, signal.SIGSTOP)
        with listening(tmp_path) as second:
            assert second.process.wait(WITHIN_S) == 7
        os.kill(first.process.pid, signal.SIGCONT)
        assert first.end() == 0
    assert (
        f"process {first.process.pid}, which holds it, does not answer; is it stopped (Ctrl-Z)?"
        in capfd.readouterr().err
    )
