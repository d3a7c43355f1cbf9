"""A program in a terminal of its own: what it draws, with the moment of each piece, and keys pressed for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

WITHIN_S = 30.0


class Terminal:
    """Begins the program as it is entered, and ends it as it is left."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], columns: int = 100, rows: int = 30) -> None:
        self.pieces: list[tuple[float, str]] = []
        self._command, self._environ, self._size = command, environ, (rows, columns)
        self._fd = self._pid = -1

    def __enter__(self) -> Terminal:
        self._began = time.monotonic()
        self._pid, self._fd = pty.fork()
        if not self._pid:
            os.execvpe(self._command[0], list(self._command), dict(self._environ))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.close(self._fd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    @property
    def drawn(self) -> str:
        return "".join(text for _, text in self.pieces)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def read(self, for_s: float) -> bool:
        """Take in what is drawn in this time; False where the program has ended."""
        until = time.monotonic() + for_s
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                break
            try:
                piece = os.read(self._fd, 65536)
            except OSError:  # how a pty tells that nobody is at its other end
                return False
            if not piece:
                return False
            self.pieces.append((time.monotonic() - self._began, piece.decode("utf-8", "replace")))
        return True

    def until(self, met: Callable[[str], bool], within_s: float = WITHIN_S) -> None:
        """Read until what was drawn meets the condition; AssertionError where it does not in time."""
        until = time.monotonic() + within_s
        while not met(self.drawn):
            assert time.monotonic() < until, self.drawn[-2000:]
            if not self.read(0.2):
                assert met(self.drawn), self.drawn[-2000:]

    def end(self, within_s: float = WITHIN_S) -> int:
        """Read until the program ends, and return its exit code."""
        until = time.monotonic() + within_s
        while self.read(0.2):
            assert time.monotonic() < until, "it does not end"
        _, status = os.waitpid(self._pid, 0)
        return os.waitstatus_to_exitcode(status)
