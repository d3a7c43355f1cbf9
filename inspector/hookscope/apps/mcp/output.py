"""What a command prints while a server runs it, apart for each thread: the process's own streams belong to the
protocol."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from hookscope.model.errors import OurBug
from hookscope_relay.errors import HookscopeError

Run = Callable[[Sequence[str]], int]


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed, and its exit code."""

    exit_code: int
    out: str
    errors: str


class ThreadStream(io.TextIOBase):
    """A text stream that goes into the buffer of the thread that writes; to `beyond` where that has none."""

    def __init__(self, beyond: TextIO) -> None:
        self._beyond = beyond
        self._own = threading.local()

    def write(self, text: str) -> int:
        target: TextIO = getattr(self._own, "buffer", self._beyond)
        return target.write(text)

    def flush(self) -> None:
        """What is kept in memory needs none."""

    @contextmanager
    def kept(self) -> Iterator[io.StringIO]:
        """What this thread writes meanwhile."""
        self._own.buffer = io.StringIO()
        try:
            yield self._own.buffer
        finally:
            del self._own.buffer


@contextmanager
def streams_apart() -> Iterator[tuple[ThreadStream, ThreadStream]]:
    """Standard output and standard error, by the thread; what belongs to no command goes to standard error."""
    out, errors = sys.stdout, sys.stderr
    apart = ThreadStream(errors), ThreadStream(errors)
    sys.stdout, sys.stderr = apart
    try:
        yield apart
    finally:
        sys.stdout, sys.stderr = out, errors


def perform(run: Run, line: Sequence[str], streams: tuple[ThreadStream, ThreadStream]) -> Output:
    """Run a command line in this thread; an error is its sentence and its exit code."""
    with streams[0].kept() as out, streams[1].kept() as errors:
        try:
            code = run(line)
        except HookscopeError as error:
            errors.write(f"hookscope: {error}\n")
            code = error.exit_code
        except Exception as error:
            errors.write(f"hookscope: a bug of ours: {type(error).__name__}: {error}\n")
            code = OurBug.exit_code
        return Output(code, out.getvalue(), errors.getvalue())
