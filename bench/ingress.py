"""How many deliveries a relay takes: python bench/ingress.py [--seconds S] [--connections N] [--log]

Raw keep-alive senders on loopback, 2 KB bodies, a relay in memory in the same process. Prints deliveries a second,
their p50 and p99, and the processor time of each, senders and inspector included: stored with nobody listening, and
answered by an attached inspector. `--log` writes the line that each delivery leaves, too.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import time
from typing import Any

from hookscope.tunnel.client import ConnectionChange, Dialling, Tunnel
from hookscope.tunnel.frames import Arrival
from hookscope_relay.app import Relay
from hookscope_relay.delivery import Answer
from hookscope_relay.keys.endpoint_key import EndpointKey
from hookscope_relay.settings import RelaySettings

KEY = EndpointKey(bytes(32))
BODY = b"x" * 2048
FINE = Answer(status=200, reason="OK", headers=(("Content-Type", "text/plain"),), body=b"ok")


async def send(port: int, until: float, took: list[float]) -> None:
    """One sender, one connection, one request after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /{KEY.id}/hook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-Signature: {'a' * 64}\r\n"
    request = head.encode() + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    while time.perf_counter() < until:
        started = time.perf_counter()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        assert answer.split(b" ")[1] in {b"200", b"202"}, answer
        took.append(time.perf_counter() - started)
    writer.close()


async def measure(name: str, relay: Relay, seconds: float, connections: int) -> str:
    took: list[float] = []
    until, busy = time.perf_counter() + seconds, time.process_time()
    await asyncio.gather(*(send(relay.settings.port, until, took) for _ in range(connections)))
    each_us = (time.process_time() - busy) / len(took) * 1e6
    ordered = sorted(took)
    p50, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
    return f"{name:30} {len(took) / seconds:8,.0f}/s   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   {each_us:5.0f} us each"


async def main(seconds: float, connections: int) -> None:
    relay = Relay(RelaySettings(port=0, database=None))
    await relay.start()
    connected = asyncio.Event()

    async def receive(incoming: Any, _: Any) -> None:  # Any: whatever the tunnel hands over
        if isinstance(incoming, Arrival) and incoming.answer:
            tunnel.replies.send(incoming.seq, FINE, "")

    def changed(change: ConnectionChange) -> None:
        if change.state == "connected":
            connected.set()

    tunnel = Tunnel(Dialling(relay=relay.origin, key=KEY), cursor=lambda: None, receive=receive, changed=changed)
    running = asyncio.create_task(tunnel.run())
    await connected.wait()
    print(await measure("answered by an inspector", relay, seconds, connections))
    await tunnel.stop()
    await running
    await asyncio.sleep(0.1)
    print(await measure("stored with nobody listening", relay, seconds, connections))
    await relay.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--log", action="store_true", help="write the log lines to standard error")
    options = parser.parse_args()
    if options.log:
        logging.basicConfig(level=logging.INFO)
    asyncio.run(main(options.seconds, options.connections))
