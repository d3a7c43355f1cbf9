"""What the screen costs: first paint, key press to paint, memory, filters, and a flood, with many captures in the store.

Run `python bench/screen.py` (some minutes; `--captures 10000 --seconds 5` for a short run). The screen runs in a process of its own on
a pseudo-terminal, as for a user; times are from writing a key to reading what it changed.
"""

from __future__ import annotations

import argparse
import asyncio
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
import threading
import time
from collections.abc import Sequence
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
        run_child(Path(options.child), options.rate, options.seconds)
        return
    with tempfile.TemporaryDirectory() as home:
        database = Path(home) / "captures.db"
        started = time.perf_counter()
        asyncio.run(fill(database, options.captures))
        print(f"{options.captures:,} captures written in {time.perf_counter() - started:.1f} s")
        measure_quiet(database, options.captures)
        measure_flood(database, options.captures, options.rate, options.seconds)


def measure_quiet(database: Path, captures: int) -> None:
    """First paint, keys and filters with nothing arriving."""
    with Terminal(database) as screen:
        screen.read_until(f"{captures:,} of {captures:,}", 20)
        report("first paint", screen.elapsed_ms())
        screen.read_until("connected", 20)
        screen.settle()
        times = [screen.press(b"k", f"{captures - step:,} of ") for step in range(1, 401)]
        report_times("key", times)
        for text in FILTERS:
            screen.press(b"/", "status:4xx")
            screen.settle()
            screen.press(text.encode(), re.escape(text))
            screen.settle()
            # The count of the rows stands there once they are in the list; the filter's name alone would be too early.
            report(f"filter {text}", screen.press(b"\r", f" of {matches(database, text):,} deliver"), GOALS["filter"])
            screen.settle()
            screen.press(b"\x1b", f" of {captures:,}")
            screen.settle()
        report("memory", screen.memory_mb(), unit="MB")


def matches(database: Path, text: str) -> int:
    """How many captures meet the filter."""
    from hookscope.filters.language import parse
    from hookscope.store.captures import CaptureStore

    store = CaptureStore.open(database)
    count = store.count(parse(text))
    store.close()
    return count


def measure_flood(database: Path, captures: int, rate: int, seconds: float) -> None:
    """Keys while deliveries arrive, and whether all of them are in the list at the end."""
    with Terminal(database, rate=rate, seconds=seconds) as screen:
        screen.read_until("connected", 20)
        screen.settle()
        times = []
        until = time.perf_counter() + seconds
        place = captures
        while time.perf_counter() < until:
            place -= 1
            times.append(screen.press(b"k", f"{place:,} of "))
            time.sleep(0.03)
        report_times("key in a flood", times)
        total = captures + int(rate * seconds)
        screen.press(b"G", f"{total:,} of {total:,}", 20)
        print(f"  none lost: {int(rate * seconds):,} of {int(rate * seconds):,} in the list")
        report("memory", screen.memory_mb(), unit="MB")


class Terminal:
    """The screen in a child process on a pseudo-terminal."""

    def __init__(self, database: Path, rate: int = 0, seconds: float = 0) -> None:
        self._command = [
            sys.executable,
            __file__,
            "--child",
            str(database),
            "--rate",
            str(rate),
            "--seconds",
            str(seconds),
        ]

    def __enter__(self) -> Terminal:
        self._main, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.perf_counter()
        environ = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
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

    def read_until(self, wanted: str, timeout: float) -> None:
        until = time.perf_counter() + timeout
        seen = ""
        while not re.search(wanted, _plain(seen)):
            left = until - time.perf_counter()
            if left <= 0 or not select.select([self._main], [], [], left)[0]:
                raise SystemExit(f"{wanted!r} did not appear; last seen: {_plain(seen)[-2000:]}")
            seen += os.read(self._main, 1 << 16).decode("utf-8", "replace")

    def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for a while; the clock of the header ticks each second."""
        while select.select([self._main], [], [], quiet)[0]:
            os.read(self._main, 1 << 16)

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def _plain(output: str) -> str:
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|.)", "", output)


def report(name: str, value: float, goal: float | None = None, unit: str = "ms") -> None:
    goal = goal or GOALS.get(name, 0)
    print(f"  {name:<42} {value:8.1f} {unit}   (goal {goal} {unit}){'' if value <= goal else '   MISSED'}")


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
    from hookscope.verdict import Recognition
    from hookscope_relay.delivery import Answer, Delivery, new_delivery_id

    now = 1.79e9 + number
    delivery = Delivery(
        id=new_delivery_id(now, os.urandom(10)),
        received_at=now,
        method="POST",
        target=f"/hooks/{number % 97}",
        headers=(("Content-Type", "application/json"), ("Host", "relay.example")),
        body=BODY % (number, b"needle %d" % (number % 1000)),
    )
    recognition = Recognition(provider="notion", event_type="page.created")
    kept = await store.keep(delivery, origin="live", recognition=recognition)
    attempt = await store.begin_attempt(delivery.id, "live", "http://localhost:3000/", now)
    status = 500 if number % 3 == 0 else 200
    await store.end_attempt(delivery.id, attempt, elapsed_ms=12.0, answer=Answer(status=status))
    return int(kept.number)


# The child


class Flood:
    """An engine that captures at a given rate, on a thread and a loop of its own."""

    def __init__(self, store: Any, rate: int, seconds: float) -> None:
        self._store = store
        self._rate = rate
        self._seconds = seconds

    def start(self, listener: Any) -> None:
        from hookscope.events import ConnectionChanged, Ready

        listener(
            Ready(at=0, url="https://relay.example/abc", handler="", endpoint="abc", relay="https://relay.example")
        )
        listener(ConnectionChanged(at=0, state="connected", role="answering"))
        if self._rate:
            threading.Thread(target=lambda: asyncio.run(self._flood(listener)), daemon=True).start()

    async def _flood(self, listener: Any) -> None:
        from hookscope.events import Captured

        started = time.perf_counter()

        async def one(number: int) -> None:
            kept = await keep(self._store, 10_000_000 + number)
            listener(
                Captured(
                    at=time.time(),
                    id="x",
                    number=kept,
                    origin="live",
                    method="POST",
                    target="/",
                    provider="",
                    event_type="",
                    bytes=0,
                    owed=False,
                    received_at=time.time(),
                )
            )

        tasks = []
        for number in range(int(self._rate * self._seconds)):
            await asyncio.sleep(max(0.0, started + number / self._rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number)))
        await asyncio.gather(*tasks)

    def submit(self, request: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(0)
        return future

    def stop(self) -> None:
        pass


def run_child(database: Path, rate: int, seconds: float) -> None:
    from hookscope.store.captures import CaptureStore
    from hookscope.tui.app import HookscopeApp

    sys.setswitchinterval(0.001)
    store = CaptureStore.open(database)
    HookscopeApp(Flood(store, rate, seconds), store).run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--child", default="")
    return parser.parse_args()


if __name__ == "__main__":
    main()
