"""The NDJSON face: one event a line on standard output, `ready` first."""

from __future__ import annotations

import json
import sys
from typing import IO

import msgspec

from hookscope.model.events import Event, Noticed, Ready, Stopped, to_mapping
from hookscope.text.safe import safe_text


class NdjsonFace:
    """Writes each event as a line; `flush` has them read. What happens before `ready` is told on standard error
    only."""

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._errors = errors or sys.stderr
        self._is_ready = False
        self._lines: list[str] = []

    def __call__(self, event: Event) -> None:
        self._is_ready = self._is_ready or isinstance(event, Ready)
        if self._is_ready or isinstance(event, Stopped):
            self._lines.append(_line(event))
        elif isinstance(event, Noticed):
            print(f"hookscope: {safe_text(event.text)}", file=self._errors, flush=True)

    def flush(self) -> None:
        """Write the lines that were made, in one go."""
        if self._lines:
            lines, self._lines = "\n".join((*self._lines, "")), []
            self._out.write(lines)
            self._out.flush()


def _line(event: Event) -> str:
    """ASCII only: no byte of a sender can act on a terminal that this is printed to."""
    mapping = to_mapping(event)
    line = msgspec.json.encode(mapping)
    return line.decode() if line.isascii() else json.dumps(mapping, separators=(",", ":"))
