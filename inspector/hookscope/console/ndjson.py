"""The NDJSON face: one event a line on standard output, `ready` first."""

from __future__ import annotations

import json
import sys
from typing import IO

from hookscope.model.events import Event, Noticed, Ready, Stopped, to_mapping
from hookscope.text.safe import safe_text


class NdjsonFace:
    """Writes each event as a line, and flushes it. What happens before `ready` is told on standard error only."""

    def __init__(self, out: IO[str] | None = None, errors: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._errors = errors or sys.stderr
        self._is_ready = False

    def __call__(self, event: Event) -> None:
        self._is_ready = self._is_ready or isinstance(event, Ready)
        if self._is_ready or isinstance(event, Stopped):
            # ASCII only: no byte of a sender can act on a terminal that this is printed to.
            print(json.dumps(to_mapping(event)), file=self._out, flush=True)
        elif isinstance(event, Noticed):
            print(f"hookscope: {safe_text(event.text)}", file=self._errors, flush=True)
