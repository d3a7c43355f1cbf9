"""hookscope with its screen open on a real terminal, which tmux is; tmux itself is no part of the cost."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress

from contest.contender import Ground
from contest.contenders.hookscope import Hookscope
from contest.processes import StartError

COLUMNS, ROWS = 140, 40


class Screen(Hookscope):
    name = "screen"
    what = "hookscope relay, listen with the screen open (Python)"

    def _start_listen(self, ground: Ground, relay: str, environment: dict[str, str]) -> None:
        if not shutil.which("tmux"):
            raise StartError("tmux is not installed, which the screen's terminal is")
        self.socket = f"hookscope-contest-{os.getpid()}-{ground.directory.name}"
        home = environment["HOOKSCOPE_HOME"]
        # exec, so that the pane's process is hookscope itself
        command = f"exec env HOOKSCOPE_HOME='{home}' '{self.command}' listen {ground.handler_port} --relay {relay}"
        size = ["-x", str(COLUMNS), "-y", str(ROWS)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(ground.directory), command)
        self.pane = int(self._tmux("list-panes", "-F", "#{pane_pid}"))
        self._wait_until_connected()

    def _wait_until_connected(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            shown = self._tmux("capture-pane", "-p")
            if "connected" in shown and "connecting" not in shown:
                return
            time.sleep(0.1)
        raise StartError("the screen does not say that it is connected")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self.socket, *arguments],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode:
            raise StartError(f"tmux: {done.stderr.strip()}")
        return done.stdout.strip()

    def roots(self) -> dict[str, int]:
        return {**super().roots(), "inspector": self.pane} if hasattr(self, "pane") else super().roots()

    def stop(self) -> None:
        if hasattr(self, "socket"):
            with suppress(StartError):
                self._tmux("kill-server")
        super().stop()

    def check(self, deliveries: int) -> str:
        """The foot of the list says how many there are."""
        shown = self._tmux("capture-pane", "-p")
        foot = next((line.strip() for line in shown.splitlines() if "deliveries" in line), "no count on the screen")
        return f"{deliveries:,} sent; its foot says: {foot}"
