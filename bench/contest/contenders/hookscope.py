"""hookscope as its users run it: `hookscope relay` with a durable log, and `hookscope listen`, each a process.

Only the limits on one sender's rate are lifted, because the load comes from one address. All else is as it is by
default.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

from contest.contender import Address, Contender, Ground
from contest.processes import StartError, clean_environment, free_port, wait_for_port, wait_for_text

NO_RATE_LIMITS = ["--endpoint-rate", "0", "--address-rate", "0", "--frame-rate", "0"]


def own_command() -> str:
    """The hookscope of the Python that runs this, else that of the PATH."""
    beside = Path(sys.executable).with_name("hookscope")
    return str(beside) if beside.exists() else shutil.which("hookscope") or "hookscope"


class Hookscope(Contender):
    name = "hookscope"
    what = "hookscope relay, listen --json (Python)"

    def __init__(self, command: str = "", name: str = "") -> None:
        super().__init__()
        self.command = command or own_command()
        self.name = name or self.name

    def open(self, ground: Ground) -> Address:
        if not shutil.which(self.command):
            raise StartError(f"there is no {self.command}")
        relay = self._start_relay(ground)
        environment = clean_environment(HOOKSCOPE_HOME=str(ground.directory / "inspector-home"))
        self._start_listen(ground, relay, environment)
        shown = subprocess.run(
            [self.command, "endpoint", "show", "--json", "--relay", relay],
            env=environment, cwd=ground.directory, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return self._address(json.loads(shown.stdout)["url"])

    def _start_relay(self, ground: Ground) -> str:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        environment = clean_environment(HOOKSCOPE_HOME=str(ground.directory / "relay-home"))
        command = [self.command, "relay", "--port", str(port), "--public-url", url, *NO_RATE_LIMITS]
        wait_for_port(port, self.run("relay", command, ground, environment), ground.directory, "relay")
        return url

    def _start_listen(self, ground: Ground, relay: str, environment: dict[str, str]) -> None:
        command = [self.command, "listen", str(ground.handler_port), "--relay", relay, "--json"]
        process = self.run("inspector", command, ground, environment)
        self.told = ground.directory / "inspector.out"
        wait_for_text(self.told, '"connected"', process, "inspector")

    def _address(self, url: str) -> Address:
        parts = urlsplit(url)
        return Address(parts.port or 80, parts.path + "/hook", parts.netloc)

    def check(self, deliveries: int) -> str:
        """Compares the lines it printed with what was sent."""
        end = time.monotonic() + 60
        counts = self._counts()
        while counts["diagnosed"] < deliveries and time.monotonic() < end and self._grows(counts):
            counts = self._counts()
        words = (f"{counts[word]:,} {word}" for word in ("captured", "attempted", "diagnosed"))
        return f"{deliveries:,} sent: {', '.join(words)}"

    def _grows(self, before: Counter[str]) -> bool:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            time.sleep(0.5)
            if self._counts() != before:
                return True
        return False

    def _counts(self) -> Counter[str]:
        with self.told.open("rb") as lines:
            return Counter(json.loads(line)["type"] for line in lines if line.endswith(b"\n"))
