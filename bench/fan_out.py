"""What copies cost the handler that answers: a sender's wait with one handler, and with copies for three more.

    python bench/fan_out.py [--rate 200] [--seconds 2] [--rounds 12]

`hookscope listen` with its relay and the handlers are processes of their own. The two are run in turn, in short rounds, so that
a busy machine is busy for both; of each the quietest rounds are compared, by their medians. What a machine that is never quiet
says is the time of the processor: what the session used of it a delivery.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HANDLER = """
import asyncio, sys

async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            size = int(head.lower().split(b"content-length:")[1].split(b"\\r\\n")[0])
            await reader.readexactly(size)
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for _ in range(int(sys.argv[1]))]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
BODY = b'{"id":"evt_1","type":"charge.succeeded","data":{"object":{"amount":4200}}}'
COPIES = 3
MOST_SLOWER = 1.10
QUIETEST = 3


@contextlib.contextmanager
def handlers(count: int) -> Iterator[list[int]]:
    """Handlers on free ports, in one process."""
    process = subprocess.Popen([sys.executable, "-c", HANDLER, str(count)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield [int(port) for port in process.stdout.readline().split()]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def session(ports: list[int]) -> Iterator[tuple[str, str, int]]:
    """A session with an embedded relay whose first route answers: its URL, the folder of its captures, its process."""
    routes = [part for number, port in enumerate(ports) for part in ("--route", f"h{number}= -> 127.0.0.1:{port}")]
    with tempfile.TemporaryDirectory(prefix="hookscope-") as home:
        command = [str(Path(sys.executable).with_name("hookscope")), "listen", "--json", "--port", "0", *routes]
        out = Path(home) / "out"
        with out.open("w") as target:
            environ = os.environ | {"HOOKSCOPE_HOME": home}
            process = subprocess.Popen(command, stdout=target, stderr=subprocess.DEVNULL, env=environ, cwd=home)
            try:
                until = time.monotonic() + 60
                while not (found := re.search(r'"url":"([^"]+)"', out.read_text())):
                    if time.monotonic() > until or process.poll() is not None:
                        raise RuntimeError("the session did not begin")
                    time.sleep(0.05)  # its lines go to a file, which wakes nobody
                yield found[1], home, process.pid
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(30)


async def send(url: str, rate: float, count: int) -> list[float]:
    """So many deliveries at that rate, whether or not the ones before are answered; how long each took, in ms."""
    host, _, path = url.partition("://")[2].partition("/")
    name, _, port = host.partition(":")
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    took: list[float] = []
    head = f"POST /{path.rstrip('/')}/hook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY

    async def one() -> None:
        reader, writer = idle.pop() if idle else await asyncio.open_connection(name, int(port))
        started = time.perf_counter()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        size = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
        took.append((time.perf_counter() - started) * 1000)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.decode("latin-1"))
        idle.append((reader, writer))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for index in range(count):
            await asyncio.sleep(max(0.0, began + index / rate - time.perf_counter()))
            tasks.create_task(one())
    for _, writer in idle:
        writer.close()
    return took


def copies_of(home: str) -> int:
    """How many copies a session kept with a 200."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(Path(home) / "captures.db")) as database:
        query = "SELECT count(*) FROM attempts WHERE is_copy AND status = 200"
        return int(database.execute(query).fetchone()[0])


def cpu_ms(pid: int) -> float:
    """What a process used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def compare(
    rate: float, seconds: float, rounds: int, warm: int = 200, used: dict[str, float] | None = None
) -> list[tuple[float, float]]:
    """For each round the median with one handler, and with copies for the others; all copies must be kept. `used` is
    given what each session used of the processor a delivery."""
    count = int(rate * seconds)
    found = []
    with handlers(1 + COPIES) as ports, session(ports[:1]) as (alone, _, own), session(ports) as (copied, home, other):
        for url in (alone, copied):
            asyncio.run(send(url, rate, warm))
        before = cpu_ms(own), cpu_ms(other)
        for _ in range(rounds):
            found.append((_median(alone, rate, count), _median(copied, rate, count)))
        if used is not None:
            used["alone"] = (cpu_ms(own) - before[0]) / (rounds * count)
            used["copied"] = (cpu_ms(other) - before[1]) / (rounds * count)
        wanted, until = COPIES * (rounds * count + warm), time.monotonic() + 60
        while (kept := copies_of(home)) < wanted:
            if time.monotonic() > until:
                raise RuntimeError(f"{kept} of {wanted} copies are kept")
            time.sleep(0.1)  # another process keeps them; SQLite tells nobody when it is done
    return found


def quiet(found: list[tuple[float, float]]) -> tuple[float, float]:
    """The mean of the quietest rounds' medians, of each of the two."""
    first, second = (statistics.mean(sorted(values)[:QUIETEST]) for values in zip(*found, strict=True))
    return first, second


def _median(url: str, rate: float, count: int) -> float:
    return statistics.median(asyncio.run(send(url, rate, count)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=12)
    given = parser.parse_args()
    used: dict[str, float] = {}
    found = compare(given.rate, given.seconds, given.rounds, used=used)
    for alone, copied in found:
        print(
            f"median wait: {alone:.2f} ms with one handler, {copied:.2f} ms with {COPIES} copies ({copied / alone:.2f})"
        )
    print(
        f"processor: {used['alone']:.2f} ms a delivery with one handler, {used['copied']:.2f} ms with {COPIES} copies"
    )
    alone, copied = quiet(found)
    print(f"quietest rounds: {alone:.2f} ms and {copied:.2f} ms, {copied / alone:.2f}; at most {MOST_SLOWER} is wanted")
    return copied / alone > MOST_SLOWER


if __name__ == "__main__":
    sys.exit(main())
