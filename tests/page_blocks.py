"""Runs the commands of a page whose output it does not show, with stand-ins of `docs/programs.py` for what a machine may lack."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from page_run import ROOT, Desk
from page_script import Block

WITHIN_S = 120.0
GOES_WITHIN_S = 15.0
# What a program that goes on says, once it does what it is there for.
READY = re.compile(r"(?m)^Stop  |listening|Running on|Forwarding|served with the screen")


@dataclass(slots=True)
class Started:
    command: str
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def program(self) -> list[str]:
        return self.command.split()[:2]

    def said(self) -> str:
        return self.output.read_text("utf-8", "replace")

    def wait(self, code: int) -> bool:
        """Whether it goes on; one that ends has ended as the page says."""
        until = time.monotonic() + WITHIN_S
        while self.process.poll() is None:
            if READY.search(self.said()):
                return True
            assert time.monotonic() < until, f"$ {self.command}\nneither ended nor was ready:\n{self.said()}"
            time.sleep(0.02)  # another process tells nobody when it has printed
        assert self.process.returncode == code, (
            f"$ {self.command}\nended with {self.process.returncode}:\n{self.said()}"
        )
        return False

    def stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GOES_WITHIN_S)
                return


def run_block(block: Block, desk: Desk) -> None:
    """Do what a block says; `AssertionError` where a command ends otherwise, or neither ends nor is ready."""
    exports: list[str] = []
    going: list[Started] = []
    try:
        for index, command in enumerate(block.commands):
            if command.startswith("export "):
                exports.append(command)
                continue
            home = block.machines[index] if block.machines else ""
            if not home:
                for one in [one for one in going if one.program == command.split()[:2]]:
                    one.stop()
            started = _start(desk, [*exports, command], block, home)
            going.append(started)
            if not started.wait(block.code):
                going.remove(started)
    finally:
        for one in reversed(going):
            one.stop()


def _start(desk: Desk, lines: list[str], block: Block, home: str) -> Started:
    environ = {**desk.environ(), **dict(block.environ)}
    environ = {name: value for name, value in environ.items() if value}
    if home:
        environ["HOOKSCOPE_HOME"] = str(desk.project / home)
    output = desk.new_output()
    with output.open("wb") as target:
        process = subprocess.Popen(
            ["bash", "-c", desk.real("\n".join(lines))],
            cwd=ROOT if block.in_checkout else desk.project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Started(lines[-1], process, output)
