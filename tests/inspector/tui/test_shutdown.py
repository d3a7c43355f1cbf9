"""In processes of their own, on a terminal that can be closed. In tmux: tests/e2e/test_terminal.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="there are no such terminals here")

PROGRAM = """
import pathlib, sys, threading
from hookscope.tui.shutdown import leaving

told, left = pathlib.Path(sys.argv[1]), threading.Event()
calls = []

def leave():
    calls.append(1)
    if len(calls) < 3:
        raise RuntimeError("too early")
    left.set()

with leaving(leave, lambda: told.write_text("abandoned"), 0.02):
    print("ready", flush=True)
    while not left.wait(0.02):
        pass
told.write_text("left")
"""


@pytest.mark.parametrize(
    ("sent", "closed", "told"),
    [("SIGTERM", False, "left"), ("SIGHUP", False, "left"), ("", True, "abandoned")],
    ids=["terminated", "hung up", "its terminal is gone without a signal"],
)
def test_it_ends(sent: str, closed: bool, told: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    # Without a session of its own it is not told by a signal that the terminal is gone.
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "told")]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE) as process:
        os.close(theirs)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        if sent:
            process.send_signal(signal.Signals[sent])
        if closed:
            os.close(ours)
        assert process.wait(10) == 0
    assert (tmp_path / "told").read_text() == told
    if not closed:
        os.close(ours)
