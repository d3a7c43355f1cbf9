"""What a contender is: processes that carry deliveries from an address to the handler."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from contest.processes import start, stop


@dataclass(frozen=True)
class Ground:
    """Where a contender runs: a directory of its own, the handler's port, and a folder for what is installed once."""

    directory: Path
    handler_port: int
    cache: Path


@dataclass(frozen=True)
class Address:
    """Where deliveries are sent: a port of loopback, the path, and the Host that they carry."""

    port: int
    path: str = "/hook"
    host: str = "127.0.0.1"


class Contender:
    """One way to a handler. Subclasses start processes by `run` and return the address from `open`."""

    name = ""
    what = ""
    #: It answers by itself, before the handler does: a delivery is over when it has reached the handler too.
    answers_itself = False
    #: Bodies beyond this are not for it.
    largest_body = 1 << 40

    def __init__(self) -> None:
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = Address(0)
        #: Deliveries that it was sent since it started.
        self.carried = 0

    def open(self, ground: Ground) -> Address:
        """Starts everything and returns when deliveries can be sent; raises StartError where that cannot be."""
        raise NotImplementedError

    def start(self, ground: Ground) -> None:
        ground.directory.mkdir(parents=True, exist_ok=True)
        self.address = self.open(ground)

    def run(
        self, name: str, command: list[str], ground: Ground, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        self.processes[name] = start(name, command, ground.directory, environment)
        return self.processes[name]

    def roots(self) -> dict[str, int]:
        """The processes whose cost is the contender's, by name; what they started counts with them."""
        return {name: process.pid for name, process in self.processes.items()}

    def stop(self) -> None:
        for process in reversed(self.processes.values()):
            stop(process)
        self.processes.clear()

    def check(self, deliveries: int) -> str:
        """What it says of the deliveries it has carried, where it keeps count; "" where it does not."""
        return ""
