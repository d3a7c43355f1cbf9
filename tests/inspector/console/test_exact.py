"""A sender's bytes on standard output: exact in a pipe, harmless on a terminal; and nothing else writes them."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from hookscope.console.exact import write_exact

HOSTILE = b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\xc2\x9b31m\xe2\x80\xaehello\n\x00\xff"
SOURCES = Path(__file__).parents[3] / "inspector/hookscope"


class Output(io.TextIOWrapper):
    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_gets_pictures_and_a_pipe_the_bytes(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    output = Output(terminal)
    monkeypatch.setattr(sys, "stdout", output)
    write_exact(HOSTILE)
    output.flush()
    written = output.buffer.getvalue()  # type: ignore[attr-defined]
    if not terminal:
        assert written == HOSTILE
        return
    assert b"hello" in written
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae", written)


def test_nothing_else_writes_bytes_to_standard_output() -> None:
    writing = re.compile(r"stdout\.buffer|stdout\.write|os\.write\(1")
    found = [
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if writing.search(path.read_text("utf-8"))
    ]
    assert found == ["console/exact.py"]
