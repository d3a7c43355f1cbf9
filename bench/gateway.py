"""What the gateway for APIs costs: added time of a call at p50 and p99, and calls a second,
with everything kept and judged.

python bench/gateway.py [--seconds 5]

A stand-in of an API, `hookscope listen --json --api …` as a process of its own, and this load over keep-alive
connections; all on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from raw_http import free_port

ANSWER = json.dumps(
    {"object": "page", "id": "153104cd-477e-809d-8dc4-ff2d96ae3090", "properties": {"Name": "x" * 1500}}
).encode()
API = """
import asyncio, sys
ANSWER = bytes.fromhex(sys.argv[2])
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(ANSWER)
class Api(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.data = transport, b""
    def data_received(self, data):
        self.data += data
        while b"\\r\\n\\r\\n" in self.data:
            self.data = self.data.partition(b"\\r\\n\\r\\n")[2]
            self.transport.write(HEAD + ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Api, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""
REQUEST = (
    b"GET %b/v1/pages/153104cd477e809d8dc4ff2d96ae3090 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ntn_%b\r\n"
    b"Notion-Version: 2022-06-28\r\nAccept: application/json\r\n\r\n"
)


async def load(port: int, path: bytes, connections: int, seconds: float) -> list[float]:
    """The milliseconds of each call."""
    request = REQUEST % (path, b"4f" * 23)
    times: list[float] = []
    until = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(len(ANSWER))
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return sorted(times)


def percentile(times: list[float], share: float) -> float:
    return times[min(int(len(times) * share), len(times) - 1)]


async def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise SystemExit(f"nothing listens at {port}")


async def measure(api: int, gateway: int, seconds: float) -> None:
    await wait_for(api)
    await wait_for(gateway)
    await load(gateway, b"/notion", 4, 1.0)  # warm
    rounds = [(await load(api, b"", 1, seconds / 5), await load(gateway, b"/notion", 1, seconds / 5)) for _ in range(5)]
    added = [statistics.median(through) - statistics.median(direct) for direct, through in rounds]
    direct, through = (sorted(time for one in rounds for time in one[side]) for side in (0, 1))
    print(
        f"one at a time    direct p50 {percentile(direct, 0.5):.2f} ms, through p50 {percentile(through, 0.5):.2f} ms, p99 {percentile(through, 0.99):.2f} ms"
    )
    print(f"added at p50     {statistics.median(added):.2f} ms (rounds {min(added):.2f} to {max(added):.2f})")
    busy = await load(gateway, b"/notion", 16, seconds)
    print(
        f"16 at a time     {len(busy) / seconds:.0f} calls a second, p50 {percentile(busy, 0.5):.1f} ms, p99 {percentile(busy, 0.99):.1f} ms"
    )
    paced = await load(gateway, b"/notion", 2, seconds)
    print(f"2 at a time      {len(paced) / seconds:.0f} calls a second")
    print(f"made in all      {sum(map(len, (direct[0:0], busy, paced)))} under load")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    api, gateway = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen([sys.executable, "-c", API, str(api), ANSWER.hex()])
        listen = [sys.executable, "-m", "hookscope.cli", "listen", "--json", "--port", str(free_port())]
        with Path(home, "lines").open("w") as lines:
            hookscope = subprocess.Popen(
                [*listen, "--api", f"notion=http://127.0.0.1:{api}", "--api-port", str(gateway)],
                env=os.environ | {"HOOKSCOPE_HOME": home},
                stdout=lines,
                stderr=subprocess.DEVNULL,
            )
            try:
                asyncio.run(measure(api, gateway, seconds))
                began = time.perf_counter()
            finally:
                hookscope.terminate()
                hookscope.wait(60)
                server.terminate()
                server.wait(10)
            kept = sum('"called"' in line for line in Path(home, "lines").read_text().splitlines())
            print(f"kept and told    {kept} calls; at rest {time.perf_counter() - began:.1f} s after the last")


if __name__ == "__main__":
    main()
