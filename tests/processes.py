"""`hookscope` processes, and what they print as NDJSON."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

WITHIN_S = 20.0


class Lines:
    """The JSON lines of a process's standard output, read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: list[dict[str, Any]] = []
        self._process = process
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line that is as wanted."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.seen if wanted(line)), None)

        with self._changed:
            line = self._changed.wait_for(found, WITHIN_S)
        assert line is not None, self.seen
        return line

    def of(self, kind: str, delivery: str) -> dict[str, Any]:
        return self.wait(lambda line: line["type"] == kind and line.get("id") == delivery)

    def close(self) -> None:
        self._reader.join(WITHIN_S)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            with self._changed:
                self.seen.append(json.loads(text))
                self._changed.notify_all()


class Process:
    """A `hookscope` process in a home of its own."""

    def __init__(self, home: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hookscope.cli", *arguments],
            env=os.environ | {"HOOKSCOPE_HOME": str(home)} | dict(environ or {}),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.lines = Lines(self.process)

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        """End it by a signal; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(WITHIN_S)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.lines.close()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def running(home: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[Lines]:
    """A `hookscope` process; it is stopped as Ctrl-C does, and must end with exit code 0."""
    one = Process(home, *arguments, environ=environ)
    try:
        yield one.lines
        assert one.end() == 0
    finally:
        one.close()


def wait_until_it_serves(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, "the handler ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            time.sleep(0.05)  # the handler is still importing its framework
        else:
            return
    raise AssertionError("the handler does not serve")
