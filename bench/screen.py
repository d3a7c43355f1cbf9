"""What the screen costs: first paint, key press to paint, memory, filters, and a flood,
with many captures in the store.

Run `python bench/screen.py` (some minutes; `--captures 10000 --seconds 5` for a short run). The screen runs in a
process of its own on a pseudo-terminal, as for a user; times are from writing a key to reading what it changed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

ROWS, COLUMNS = 40, 140
FILTERS = ("status:2xx", "path:/hooks/5 method:POST", 'body:"needle 99"', 'body:"no such text"')
GOALS = {"first paint": 1000, "key": 50, "key in a flood": 100, "filter": 200, "memory": 250}
BODY = b'{"id":"%d","type":"page.created","entity":{"id":"153104cd","type":"page"},"note":"%s"}'


def main() -> None:
    options = _options()
    if options.child:
        run_child(Path(options.child))
        return
    if options.flood:
        print(asyncio.run(Sender(options.flood, options.rate, options.seconds).run()))
        return
    if options.handler:
        run_handler()
        return
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        asyncio.run(fill(Path(home) / "captures.db", options.captures))
        print(f"{options.captures:,} captures written in {time.perf_counter() - started:.1f} s")
        measure_quiet(Path(home), options.captures)
        measure_flood(Path(home), options.captures, options.rate, options.seconds)
    measure_throughput(options.seconds)


def measure_quiet(home: Path, captures: int) -> None:
    """First paint, keys and filters with nothing arriving."""
    with Terminal(home) as screen:
        screen.read_until(f"{captures:,} of {captures:,}", 20)
        report("first paint", screen.elapsed_ms())
        screen.read_until("connected", 20)
        screen.settle()
        before = screen.cpu_s()
        times = [screen.press(b"k", f"{captures - step:,} of ") for step in range(1, 401)]
        report_times("key", times)
        print(f"  {'a key costs':<42} {1000 * (screen.cpu_s() - before) / len(times):8.1f} ms of processor")
        for text in FILTERS:
            screen.press(b"/", "status:4xx")
            screen.settle()
            screen.press(text.encode(), re.escape(text))
            screen.settle()
            # The count of the rows stands there once they are in the list; the filter's name alone would be too early.
            report(
                f"filter {text}",
                screen.press(b"\r", f" of {matches(home / 'captures.db', text):,} deliver"),
                GOALS["filter"],
            )
            screen.settle()
            screen.press(b"\x1b", f" of {captures:,}")
            screen.settle()
        report("memory", screen.memory_mb(), unit="MB")


def matches(database: Path, text: str) -> int:
    """How many captures meet the filter."""
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.filters.language import parse

    store = CaptureStore.open(database)
    count = store.count(parse(text))
    store.close()
    return count


def measure_flood(home: Path, captures: int, rate: int, seconds: float) -> None:
    """Keys while deliveries come in through a real relay and go on to a real handler,
    and whether all of them are in the list at the end."""
    with serving() as handler, Terminal(home, listen=handler) as screen:
        url = screen.read_url()
        screen.settle()
        screen.press(b"G", f"{captures:,} of {captures:,}")
        flood = Flood(url, rate, seconds)
        times = []
        place = captures
        flood.start()
        while flood.is_alive():
            place -= 1
            times.append(screen.press(b"k", f"{place:,} of "))
            time.sleep(0.03)  # as fast as a key repeats that is held down
        flood.join()
        report_times("key in a flood", times)
        total = captures + flood.sent
        screen.settle(0.7)
        screen.press(b"G", f"{total:,} of {total:,}", 30)
        print(
            f"  none lost: {flood.sent:,} sent, {flood.answered:,} answered by the handler, {total - captures:,} in the list"
        )
        report("deliveries/s that came in", flood.sent / flood.took, unit="/s", goal=rate, more_is_better=True)
        report("memory", screen.memory_mb(), unit="MB")


def measure_throughput(seconds: float) -> None:
    """How many deliveries a second are forwarded when senders wait for nothing else: without a screen, and with one."""
    speeds = {}
    for name in ("headless", "with the screen", "headless", "with the screen"):
        with tempfile.TemporaryDirectory() as home, serving() as handler:
            with Terminal(Path(home), listen=handler, plain=name == "headless") as screen:
                flood = Flood(screen.read_url(), 0, seconds)
                flood.start()
                before = screen.cpu_s()
                while flood.is_alive():
                    screen.settle(0.01)
                flood.join()
                cost = 1000 * (screen.cpu_s() - before) / flood.answered
            speeds[name] = max(speeds.get(name, 0.0), flood.answered / flood.took)
            print(f"  forwarded {name:<32} {flood.answered / flood.took:8.1f} /s   ({cost:.2f} ms of processor each)")
    share = 100 * speeds["with the screen"] / speeds["headless"]
    report("forwarding with the screen, of headless", share, unit="%", goal=80, more_is_better=True)


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """The port of a handler that answers 200 at once, in a process of its own."""
    process = subprocess.Popen([sys.executable, __file__, "--handler"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def run_handler() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = re.search(rb"content-length: *(\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


class Flood:
    """A process of its own that sends deliveries to a URL."""

    def __init__(self, url: str, rate: int, seconds: float) -> None:
        self._command = [sys.executable, __file__, "--flood", url, "--rate", str(rate), "--seconds", str(seconds)]
        self.sent = self.answered = 0
        self.took = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def join(self) -> None:
        sent, answered, took = self._process.communicate()[0].split()
        self.sent, self.answered, self.took = int(sent), int(answered), float(took)


class Sender:
    """Sends over a few connections, at a rate or (0) each as soon as the one before it is answered."""

    CONNECTIONS = 32

    def __init__(self, url: str, rate: int, seconds: float) -> None:
        self._host, _, path = url.removeprefix("http://").partition("/")
        self._head = f"POST /{path}/hooks/flood HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        self._rate = rate
        self._seconds = seconds
        self.sent = self.answered = 0

    async def run(self) -> str:
        self._began = time.perf_counter()
        await asyncio.gather(*(self._send() for _ in range(self.CONNECTIONS)))
        return f"{self.sent} {self.answered} {time.perf_counter() - self._began:.3f}"

    async def _send(self) -> None:
        host, _, port = self._host.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        while (time.perf_counter() - self._began) < self._seconds:
            number = self.sent
            self.sent += 1
            if self._rate:
                await asyncio.sleep(max(0.0, self._began + number / self._rate - time.perf_counter()))
            body = BODY % (number, b"flood")
            writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            self.answered += head.startswith(b"HTTP/1.1 200")
        writer.close()


class Terminal:
    """The screen in a child process on a pseudo-terminal; with `listen` a real session that forwards to that port."""

    def __init__(self, home: Path, listen: int = 0, plain: bool = False) -> None:
        self._environ = {"HOOKSCOPE_HOME": str(home)}
        self._command = [sys.executable, __file__, "--child", str(home / "captures.db")]
        if listen:
            options = ["--port", "0", *(["--plain"] if plain else [])]
            self._command = [sys.executable, "-m", "hookscope.cli", "listen", str(listen), *options]

    def __enter__(self) -> Terminal:
        self._main, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.perf_counter()
        environ = os.environ | self._environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(self._command, stdin=child, stdout=child, stderr=child, env=environ)
        os.close(child)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._main)

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000

    def press(self, key: bytes, wanted: str, timeout: float = 10) -> float:
        """Milliseconds from a key to the text that it brings."""
        started = time.perf_counter()
        os.write(self._main, key)
        self.read_until(wanted, timeout)
        return (time.perf_counter() - started) * 1000

    def read_url(self) -> str:
        """The endpoint's URL, once the session is connected."""
        seen = self.read_until(r"http://[0-9.:]+/[a-z2-7]{20}(?s:.)*", 20)
        self.settle()
        return re.findall(r"http://[0-9.:]+/[a-z2-7]{20}", seen)[0]

    def read_until(self, wanted: str, timeout: float) -> str:
        """Read until the text is there; all that was read."""
        until = time.perf_counter() + timeout
        seen = ""
        while not re.search(wanted, _plain(seen)):
            left = until - time.perf_counter()
            if left <= 0 or not select.select([self._main], [], [], left)[0]:
                raise SystemExit(f"{wanted!r} did not appear; last seen: {_plain(seen)[-2000:]}")
            seen += os.read(self._main, 1 << 16).decode("utf-8", "replace")
        return _plain(seen)

    def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for a while; the clock of the header ticks each second."""
        while select.select([self._main], [], [], quiet)[0]:
            os.read(self._main, 1 << 16)

    def cpu_s(self) -> float:
        """Processor seconds that it took so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def _plain(output: str) -> str:
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|.)", "", output)


def report(name: str, value: float, goal: float | None = None, unit: str = "ms", more_is_better: bool = False) -> None:
    goal = goal or GOALS.get(name, 0)
    # A paced sender is a little under its pace at best.
    reached = value >= goal * 0.99 if more_is_better else value <= goal
    print(f"  {name:<42} {value:8.1f} {unit}   (goal {goal} {unit}){'' if reached else '   MISSED'}")


def report_times(name: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    print(f"  {name + ', p50':<42} {ordered[len(ordered) // 2]:8.1f} ms   ({len(ordered)} presses)")
    report(f"{name}, p99", ordered[int(len(ordered) * 0.99)], GOALS[name])


# The store


async def fill(database: Path, count: int) -> None:
    """A store with so many captures, every third of which failed."""
    from hookscope.store.captures import CaptureStore

    store = CaptureStore.open(database)
    for start in range(0, count, 500):
        await asyncio.gather(*(keep(store, number) for number in range(start, min(start + 500, count))))
    while hasattr(store, "index_bodies") and await store.index_bodies(500):
        pass
    store.close()


async def keep(store: Any, number: int) -> int:  # Any: a store, imported late
    from hookscope.model.capture import Attempt
    from hookscope.model.verdict import Recognition
    from hookscope_relay.delivery import Answer, Delivery, new_delivery_id

    # Young enough for retention to leave it alone.
    now = time.time() - 20 * 86_400 + number
    delivery = Delivery(
        id=new_delivery_id(now, os.urandom(10)),
        received_at=now,
        method="POST",
        target=f"/hooks/{number % 97}",
        headers=(("Content-Type", "application/json"), ("Host", "relay.example")),
        body=BODY % (number, b"needle %d" % (number % 1000)),
    )
    recognition = Recognition(provider="notion", event_type="page.created")
    attempt = Attempt(number=0, origin="live", handler_url="http://localhost:3000/", started_at=now)
    kept = await store.keep(delivery, origin="live", recognition=recognition, attempt=attempt)
    status = 500 if number % 3 == 0 else 200
    await store.end_attempt(delivery.id, kept.attempt, elapsed_ms=12.0, answer=Answer(status=status))
    return int(kept.number)


# The child


class Idle:
    """An engine that is connected and does nothing."""

    def start(self, listener: Any) -> None:
        from hookscope.model.events import ConnectionChanged, Ready

        url = "https://relay.example/abc"
        listener(Ready(at=0, url=url, handler="", endpoint="abc", relay="https://relay.example"))
        listener(ConnectionChanged(at=0, state="connected", role="answering"))

    def submit(self, request: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(0)
        return future

    def stop(self) -> None:
        pass


def run_child(database: Path) -> None:
    from hookscope.store.captures import CaptureStore
    from hookscope.tui.app import HookscopeApp

    sys.setswitchinterval(0.001)
    store = CaptureStore.open(database)
    HookscopeApp(Idle(), store).run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--flood", default="", help=argparse.SUPPRESS)
    parser.add_argument("--handler", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
