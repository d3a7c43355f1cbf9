"""A progress bar for finite commands: drawn on a terminal's standard error, nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

WIDTH = 24
EVERY_S = 0.1
CLEAR_LINE = "\r\x1b[K"


class ProgressBar:
    """Counts steps towards a total. A context manager: at its end the bar is gone from the screen."""

    def __init__(self, total: int, what: str, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = total > 1 and self._stream.isatty()
        self._total = total
        self._what = what
        self._done = 0
        self._drawn_at = 0.0

    def __enter__(self) -> ProgressBar:
        self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self._done += count
        if time.monotonic() - self._drawn_at >= EVERY_S or self._done >= self._total:
            self._draw()

    def clear(self) -> None:
        """Take the bar off the line, so that something else can be printed; the next step draws it again."""
        if self._shown:
            self._stream.write(CLEAR_LINE)
            self._stream.flush()

    def _draw(self) -> None:
        if not self._shown:
            return
        self._drawn_at = time.monotonic()
        full = WIDTH * min(self._done, self._total) // self._total
        bar = "█" * full + "░" * (WIDTH - full)
        self._stream.write(f"{CLEAR_LINE}{self._what} {bar} {self._done}/{self._total}")
        self._stream.flush()
