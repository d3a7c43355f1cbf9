"""How long hookscope takes from the shell's command to its first sign of life, whole processes, medians of turns.

Every command runs once before it counts, so that compiled files and keys are there, as at a user's second start.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import resource
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contest.accounts import tree, usage
from contest.contenders.hookscope import Hookscope
from contest.processes import StartError, clean_environment, free_port, start, stop, wait_for_port

COLUMNS, ROWS = 140, 40
LIMIT_S = 30
ESCAPES = re.compile(
    rb"\x1b(?:\[[0-9;?<>=$ ]*[A-Za-z~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[()][0-9A-Z]|.)"
)
BARE = "python -c pass"


@dataclass(frozen=True)
class Start:
    """One way to start: the command, and what is waited for; `shown` is read from a terminal, else from a pipe."""

    what: str
    command: tuple[str, ...]
    until: bytes = b""
    terminal: bool = False


@dataclass(frozen=True)
class Begun:
    """How long one start took, and how much of it a processor worked: what else runs adds to the first only."""

    wall_ms: float
    cpu_ms: float


def starts(command: str, relay: str, handler: int) -> list[Start]:
    """What is timed for one hookscope."""
    listen = (command, "listen", str(handler))
    return [
        Start(BARE, (sys.executable, "-c", "pass")),
        Start("hookscope --help", (command, "--help")),
        Start("listen --json --relay, ready", (*listen, "--json", "--relay", relay), b'"ready"'),
        Start("listen --json with a relay of its own, ready", (*listen, "--json"), b'"ready"'),
        Start("the screen, first paint", (*listen, "--relay", relay), b"quit", terminal=True),
        Start("the screen, connected", (*listen, "--relay", relay), b"connected", terminal=True),
    ]


def measure_starts(
    hookscope: Hookscope, handler: int, directory: Path, turns: int, say: Callable[[str], None]
) -> dict[str, list[Begun]]:
    """Each turn, by what was started; the ways take turns."""
    directory.mkdir(parents=True, exist_ok=True)
    environment = clean_environment(HOOKSCOPE_HOME=str(directory / "home"), TERM="xterm-256color")
    port = free_port()
    relay = f"http://127.0.0.1:{port}"
    command = [hookscope.command, "relay", "--port", str(port), "--public-url", relay, "--upgrade-rate", "0"]
    process = start("relay", command, directory, {**environment, "HOOKSCOPE_HOME": str(directory / "relay")})
    try:
        wait_for_port(port, process, directory, "relay")
        found: dict[str, list[Begun]] = {}
        for turn in range(turns + 1):
            for way in starts(hookscope.command, relay, handler):
                took = time_one(way, directory, environment)
                if turn:
                    found.setdefault(way.what, []).append(took)
        say(f"start-up: {hookscope.name}")
        return found
    finally:
        stop(process)


def time_one(way: Start, directory: Path, environment: dict[str, str]) -> Begun:
    """From the call to the sign."""
    read, write = pty.openpty() if way.terminal else os.pipe()
    if way.terminal:
        fcntl.ioctl(read, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    waited, begun = children_s(), time.perf_counter()
    process = subprocess.Popen(
        way.command, cwd=directory, env=environment, start_new_session=True, stdout=write,
        stdin=write if way.terminal else subprocess.DEVNULL, stderr=write if way.terminal else subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        _wait(way, process, read)
        wall_ms = 1000 * (time.perf_counter() - begun)
        cpu_s = usage(tree([process.pid])).total if way.until else children_s() - waited
        return Begun(wall_ms, 1000 * cpu_s)
    finally:
        stop(process)
        os.close(read)


def children_s() -> float:
    """Processor seconds of the children that have ended and were waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _wait(way: Start, process: subprocess.Popen[bytes], read: int) -> None:
    """Returns at the sign, or at the end of a command that gives none."""
    text = b""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end and (part := _read(read)):
        text += part
        if way.until and way.until in ESCAPES.sub(b"", text):
            return
    if way.until or process.wait(LIMIT_S):
        raise StartError(f"{way.what}: it does not say {way.until.decode()!r}, exit code {process.poll()}")


def _read(descriptor: int) -> bytes:
    """What is there, waiting for it; nothing at the end. A terminal's end is an error to the reader."""
    if not select.select([descriptor], [], [], LIMIT_S)[0]:
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
