"""A crowd: senders that send a byte a second, and sessions that are idle.

Others must hardly notice, and all of it must go again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from hookscope_relay.keys.claim import NONCE_BYTES, SESSION_BYTES, build_claim
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.wire import SUBPROTOCOL
from torture.figures import Figures, percentile
from torture.load import measure
from torture.processes import Program, until
from torture.rig import Rig

MOST_MEMORY_BYTES = 300 * 1024 * 1024
DIALLED_AT_ONCE = 20
# A few files that SQLite or the pools of threads keep, once they were needed.
SPARE = 8
WARM_UP = 20
RUN_WITHIN_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`limits` are options of the relay; without them its own hold. A p99 below `noise_ms` is the machine's doing."""

    slow: int
    sessions: int
    probes: int
    noise_ms: float
    limits: tuple[str, ...] = ()


QUICK = Size(slow=60, sessions=50, probes=60, noise_ms=500.0, limits=("--header-time", "1s", "--body-time", "1s"))
LONG = Size(slow=200, sessions=2000, probes=4000, noise_ms=25.0)


async def run(directory: Path, size: Size) -> Figures:
    """The scenario, in a directory that is empty."""
    figures = Figures("crowd")
    _allow_descriptors(size.slow + size.sessions)
    rig = Rig(directory)
    endpoint = rig.endpoint("inspector")
    async with (
        rig.proxy,
        asyncio.timeout(RUN_WITHIN_S),
        rig.relay(*size.limits) as relay,
        rig.listen("inspector") as listen,
    ):
        await relay.start()
        await relay.said("listening")
        await listen.start()
        await listen.said("ready")
        await measure(rig.port, endpoint, count=WARM_UP)
        descriptors, threads, memory = relay.descriptors(), relay.threads(), relay.memory_bytes()
        before = await measure(rig.port, endpoint, count=size.probes)
        idle = await _attach(rig, size.sessions)
        slow = [asyncio.create_task(_send_slowly(rig.port, endpoint, number)) for number in range(size.slow)]
        await until("all are connected", lambda: relay.descriptors() >= size.slow + size.sessions)
        during = await measure(rig.port, endpoint, count=size.probes)
        most_memory = relay.memory_bytes()
        ended = await asyncio.gather(*slow)
        await asyncio.gather(*(connection.close() for connection in idle))
        back_s = await _returned(relay, descriptors, threads)
        after = await measure(rig.port, endpoint, count=size.probes)
        figures.note(
            slow_senders=size.slow,
            sessions=len(idle),
            slow_ended_s=max(ended),
            p99_ms_before=percentile(before, 0.99),
            p99_ms_during=percentile(during, 0.99),
            p99_ms_after=percentile(after, 0.99),
            memory_mb_before=memory / 1e6,
            memory_mb_during=most_memory / 1e6,
            memory_mb_after=relay.memory_bytes() / 1e6,
            descriptors_before=descriptors,
            descriptors_after=relay.descriptors(),
            threads_before=threads,
            threads_after=relay.threads(),
            back_s=back_s,
        )
        figures.demand("the relay stops in order", await relay.stop() == 0)
    # What else the machine does grows and shrinks meanwhile.
    alone_ms = max(percentile(before, 0.99), percentile(after, 0.99))
    grown_ms = percentile(during, 0.99)
    figures.demand("others' p99 grows by less than 2", grown_ms < max(2 * alone_ms, size.noise_ms))
    figures.demand("memory stays under 300 MB", most_memory < MOST_MEMORY_BYTES)
    return figures


def _allow_descriptors(count: int) -> None:
    """This process holds one end of each; the relay, which inherits the limit, another."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count * 2 + 500
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard)
        )


async def _attach(rig: Rig, count: int) -> list[ClientConnection]:
    """Sessions on as many endpoints, each with a key and, as a proxy would say, an address of its own."""
    turns = asyncio.Semaphore(DIALLED_AT_ONCE)

    async def attach(number: int) -> ClientConnection:
        async with turns:
            return await _dial(rig, number)

    return list(await asyncio.gather(*(attach(number) for number in range(count))))


async def _dial(rig: Rig, number: int) -> ClientConnection:
    key = EndpointKey(os.urandom(32))
    # The relay's address as claims name it is the proxy's; these dial past it.
    origin, target = f"http://127.0.0.1:{rig.proxy.port}", f"/-/session/{key.id}?mode=capture"
    claim = build_claim(key, origin, target, os.urandom(SESSION_BYTES), time.time(), os.urandom(NONCE_BYTES))
    connection = await connect(
        f"ws://127.0.0.1:{rig.port}{target}",
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        additional_headers={"Authorization": claim, "X-Forwarded-For": f"10.1.{number // 250}.{number % 250}"},
        compression=None,
        proxy=None,
        ping_interval=None,
    )
    await connection.recv()
    return connection


async def _send_slowly(port: int, endpoint: str, number: int) -> float:
    """A byte a second, of the head or of the body, until the relay has enough; how long that took, in seconds."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /%s/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n" % endpoint.encode()
    if number % 2:
        head += b"Content-Length: 100000\r\n\r\n"
    writer.write(head)
    hung_up = asyncio.create_task(reader.read())
    with contextlib.suppress(OSError):
        while not hung_up.done():
            writer.write(b"x")
            await asyncio.wait([hung_up], timeout=1.0)
        await hung_up
    writer.transport.abort()
    return time.monotonic() - started


async def _returned(relay: Program, descriptors: int, threads: int) -> float:
    return await until(
        "descriptors and threads return to the start",
        lambda: relay.descriptors() <= descriptors + SPARE and relay.threads() <= threads + SPARE,
        60.0,
    )
