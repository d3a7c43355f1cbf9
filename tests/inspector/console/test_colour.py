from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.console.colour import wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "streams", "wants"),
    [
        ({}, (Terminal(), Terminal()), True),
        ({}, (Terminal(), io.StringIO()), False),
        ({"NO_COLOR": "1"}, (Terminal(),), False),
        ({"NO_COLOR": ""}, (Terminal(),), True),
        ({"TERM": "dumb"}, (Terminal(),), False),
        ({"FORCE_COLOR": "1"}, (io.StringIO(),), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (Terminal(),), False),
    ],
)
def test_who_wants_colour(environ: dict[str, str], streams: tuple[io.StringIO, ...], wants: bool) -> None:
    assert wants_colour(environ, *streams) is wants


@pytest.mark.parametrize(
    ("added", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)], ids=str
)
def test_a_command_on_a_real_terminal(added: dict[str, str], coloured: bool, tmp_path: Path) -> None:
    for name, body in (("a", "1"), ("b", "2")):
        (tmp_path / f"{name}.json").write_text(
            '{"format": "hookscope/1", "delivery": {"id": "", "received_at": "2026-01-01T00:00:00.000Z", "method":'
            f' "POST", "target": "/", "headers": [], "body": {{"text": "{body}"}}}}}}'
        )
    ours, theirs = pty.openpty()
    environ = {"PATH": os.environ["PATH"], "HOOKSCOPE_HOME": str(tmp_path), "TERM": "xterm"} | added
    subprocess.run(
        [sys.executable, "-m", "hookscope.cli", "diff", "a.json", "b.json"], stdout=theirs, env=environ, cwd=tmp_path
    )
    shown = os.read(ours, 65536)
    os.close(ours)
    os.close(theirs)
    assert b"+++" in shown
    assert (b"\x1b[" in shown) is coloured
