"""Hookscope commands as real processes that can be killed, frozen and started again, and what the system says of them.

`Program` is one command; its JSON lines are read as they come. `Supervisor` starts it again whenever it ends, as an
init system does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

WITHIN_S = 30.0
LINE_BYTES = 1 << 20
MOST_STARTS = 20
# One line each for every delivery: too many to keep.
UNREAD = tuple(b'{"type":"%s"' % kind for kind in (b"captured", b"attempted", b"diagnosed", b"settled"))


class Program:
    """One hookscope command.

    Between `start` and its end it is `alive`; `lines` are its JSON lines since the last start.

    `preamble` is Python that runs in the process before hookscope is imported; `prefix` the words of a command that
    runs it.
    """

    def __init__(self, home: Path, *arguments: str, prefix: Sequence[str] = (), preamble: str = "") -> None:
        self.home = home
        self.arguments = arguments
        self.prefix = tuple(prefix)
        self.preamble = preamble
        self.lines: list[dict[str, Any]] = []
        self.changed = asyncio.Condition()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.alive:
            self.signal(signal.SIGCONT)
            self.kill()
        await self.ended()

    @property
    def alive(self) -> bool:
        """Whether the process runs (or is frozen)."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process's id; it must have been started."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it, and return at once."""
        self.home.mkdir(parents=True, exist_ok=True)
        code = f"{self.preamble}\nimport sys; from hookscope.cli import main; sys.exit(main())"
        with self.errors.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self.prefix,
                sys.executable,
                "-c",
                code,
                *self.arguments,
                env=os.environ | {"HOOKSCOPE_HOME": str(self.home)},
                cwd=self.home,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=LINE_BYTES,
            )
        self.lines = []
        self._reading = asyncio.create_task(self._read(self._process))

    @property
    def errors(self) -> Path:
        """The file that holds what it wrote to standard error, over all starts; beside its home, which may be full."""
        return self.home.with_name(f"{self.home.name}.stderr")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if not line.startswith(UNREAD):
                # A process that is killed may leave half a line.
                with contextlib.suppress(ValueError):
                    self.lines.append(json.loads(line) | {"seen_at": time.monotonic()})
                async with self.changed:
                    self.changed.notify_all()
        await process.wait()
        async with self.changed:
            self.changed.notify_all()

    def has_said(self, kind: str) -> bool:
        """Whether there was a line of this type since the last start."""
        return any(line["type"] == kind for line in self.lines)

    async def said(
        self, kind: str, within_s: float = WITHIN_S, *, since: float = 0.0, **facts: object
    ) -> dict[str, Any]:
        """The first line of this type with these facts, seen since that monotonic instant;
        AssertionError where it ends without."""

        def found() -> dict[str, Any] | None:
            wanted = {"type": kind, **facts}.items()
            return next((line for line in self.lines if line["seen_at"] >= since and wanted <= _flat(line)), None)

        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(lambda: found() or not self.alive)
        line = found()
        assert line is not None, f"{self.arguments[0]} ended without {kind}: {self.errors.read_text()[-2000:]}"
        return line

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it (-9)."""
        self.signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands; `thaw` lets it go on."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.signal(signal.SIGCONT)

    async def ended(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end and return its exit code (negative: the signal); 0 where it was never started."""
        if self._process is None or self._reading is None:
            return 0
        await asyncio.wait_for(asyncio.shield(self._reading), within_s)
        return self._process.returncode or 0

    async def stop(self, within_s: float = WITHIN_S) -> int:
        """End it in order (SIGTERM) and return its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended(within_s)

    # What the system says

    def memory_bytes(self) -> int:
        """Its resident memory now."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        """How many files and sockets it has open."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    def threads(self) -> int:
        """How many threads it has."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/task").iterdir())


class Supervisor:
    """Keeps a program running until `stop`; counts how it ended and how often it was killed by us."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.kills = 0
        self.exits: Counter[int] = Counter()
        self._stopping = False
        self._up = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping = True
        if self.program.alive:
            self.program.kill()
        assert self._running is not None
        await self._running

    async def _keep(self) -> None:
        while not self._stopping:
            await self.program.start()
            self._up.set()
            self.exits[await self.program.ended(3600)] += 1
            self._up.clear()

    async def said(self, kind: str) -> None:
        """Wait for the first line of this type; AssertionError where the program ends again and again instead."""
        program = self.program
        await until(f"{kind} is said", lambda: program.has_said(kind) or self.exits.total() > MOST_STARTS)
        assert program.has_said(kind), program.errors.read_text()[-2000:]

    async def kill(self) -> None:
        """Kill the program (-9), in whatever it is doing, its own start included."""
        await asyncio.wait_for(self._up.wait(), WITHIN_S)
        self._up.clear()
        self.kills += 1
        self.program.kill()

    async def stop(self) -> int:
        """End the program in order and leave it; its exit code."""
        await asyncio.wait_for(self._up.wait(), WITHIN_S)
        self._stopping = True
        return await self.program.stop()


async def until(what: str, holds: Callable[[], bool], within_s: float = WITHIN_S, every_s: float = 0.02) -> float:
    """Look again and again until it holds; how long that took, in seconds. AssertionError where it takes too long."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < within_s, f"not within {within_s} s: {what}"
        await asyncio.sleep(every_s)
    return time.monotonic() - started


def _flat(line: dict[str, Any]) -> Any:
    """The items that can be compared: those that hold no list or mapping."""
    return {name: value for name, value in line.items() if not isinstance(value, list | dict)}.items()
