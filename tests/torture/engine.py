"""What a NATS cluster keeps by itself: publishers without a relay, each a process and a connection of its own as a relay
is, with the relay's own client and event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hookscope_relay.event_loop import run
from hookscope_relay.log.nats.client import NatsClient
from hookscope_relay.log.nats.courier import Ack, Courier
from hookscope_relay.log.nats.streams import Names
from torture.processors import Usage, used

WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Publishing:
    """What each publisher does: messages of so many bytes, for as many endpoints and with as many in flight."""

    space: str
    size: int
    endpoints: int
    in_flight: int
    seconds: float


async def measure(urls: Sequence[str], what: Publishing, publishers: int, pids: dict[str, list[int]]) -> Usage:
    """Messages kept by so many publishers at a time, and what that took of the processors."""
    words = [str(one) for one in (what.space, what.size, what.endpoints, what.in_flight // publishers, what.seconds)]
    root = Path(__file__).parent.parent
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "torture.engine",
            *(urls[number % len(urls)], f"engine{number}", *words),
            cwd=root,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(publishers)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            await asyncio.wait_for(process.stdout.readline(), WITHIN_S)
        with used({**pids, "publishers": [process.pid for process in processes]}) as usage:
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(b"go\n")
            for process in processes:
                assert process.stdout is not None
                usage.count += json.loads(await asyncio.wait_for(process.stdout.readline(), WITHIN_S + what.seconds))
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()
    return usage


async def publish(url: str, name: str, what: Publishing) -> int:
    """Keep as many in flight until time is over; how many were kept."""
    client = NatsClient()
    await client.connect(url)
    courier = Courier(client)
    await courier.start()
    subjects = itertools.cycle([Names(what.space).of_endpoint(f"{name}x{one}") for one in range(what.endpoints)])
    payload = os.urandom(what.size)
    done = asyncio.Event()
    kept = on_way = sent = 0
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    ends = time.monotonic() + what.seconds

    def send() -> None:
        nonlocal on_way, sent
        on_way, sent = on_way + 1, sent + 1
        courier.publish(next(subjects), payload, told, WITHIN_S, {"Nats-Msg-Id": f"{name}-{os.getpid()}-{sent}"})

    def told(said: object) -> None:
        nonlocal kept, on_way
        kept, on_way = kept + isinstance(said, Ack), on_way - 1
        if time.monotonic() < ends:
            send()
        elif not on_way:
            done.set()

    for _ in range(what.in_flight):
        send()
    await done.wait()
    # Its processor time is read while it lives.
    print(kept, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await courier.close()
    return kept


if __name__ == "__main__":
    url, name, space, size, endpoints, in_flight, seconds = sys.argv[1:]
    run(publish(url, name, Publishing(space, int(size), int(endpoints), int(in_flight), float(seconds))))
