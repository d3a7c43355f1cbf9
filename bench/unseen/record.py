"""Records how real servers that no rule was written for answer webhooks: starts each on loopback, plants faults,
forwards deliveries.

    python bench/unseen/record.py --install            # once: what packages/ pins, into --place (apt needs root)
    python bench/unseen/record.py [NAME]... [--out tests/recordings_unseen.json.xz]

`servers.toml` lists the servers, `plants.py` what is planted and the truth about each outcome, `apps/` holds the
servers' own programs. A delivery goes through hookscope's own forwarding, so what is kept is what `listen` would have
captured. An outcome for which the truth is not laid down is printed and not kept. With names, only those servers'
recordings are renewed in the file. Loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import lzma
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from judge import judge
from plants import PLANTS, Plant

from deliveries import build
from hookscope.forward.forwarder import Forwarder
from hookscope.forward.request import build_request, changed
from hookscope.model.capture import Attempt, Capture
from hookscope.model.capture_file import from_mapping
from hookscope.model.handler import parse_handler

HERE = Path(__file__).parent
OUT = HERE.parent.parent / "tests" / "recordings_unseen.json.xz"
PLACE = Path(tempfile.gettempdir()) / "hookscope-unseen"
START_S = 40.0


@dataclass(frozen=True, slots=True)
class Ports:
    """The server's own port, one where a helpful application listens behind gateways, and one where nothing does."""

    own: int
    upstream: int
    dead: int


def install(place: Path) -> None:
    """What `packages/` pins: Debian packages, a virtual environment, Node modules."""
    place.mkdir(parents=True, exist_ok=True)
    packages = (HERE / "packages" / "apt.txt").read_text().split()
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], check=True, env=quiet)
    for number, wanted in enumerate(sorted((HERE / "packages").glob("requirements*.txt"))):
        subprocess.run([sys.executable, "-m", "venv", place / f"py{number or ''}"], check=True)
        subprocess.run([place / f"py{number or ''}" / "bin" / "pip", "install", "-q", "-r", wanted], check=True)
    (place / "node").mkdir(exist_ok=True)
    shutil.copy(HERE / "packages" / "package.json", place / "node")
    subprocess.run(
        ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"],
        check=True,
        cwd=place / "node",
    )


def free_ports() -> Ports:
    """Three ports that were free a moment ago."""
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for sock in (one, two, three):
            sock.bind(("127.0.0.1", 0))
        return Ports(one.getsockname()[1], two.getsockname()[1], three.getsockname()[1])


class Running:
    """A server of the table while it runs, with the application behind it; both end with the block."""

    def __init__(self, server: dict[str, Any], place: Path) -> None:
        self.server, self.place = server, place
        self.ports = free_ports()
        self.folder = Path(tempfile.mkdtemp(prefix="unseen-"))
        self.log = (self.folder / "log").open("wb")
        self.processes: list[subprocess.Popen[bytes]] = []
        # Some programs give up their rights and have to read what lies here.
        self.folder.chmod(0o755)
        self.words = {
            "port": str(self.ports.own), "upstream": str(self.ports.upstream), "dead": str(self.ports.dead),
            "dir": str(self.folder), "apps": str(place / "apps"), "place": str(place),
            **{f"py{number}": str(place / f"py{number}" / "bin" / "python") for number in ("", *"12345")},
            "bin": str(place / "py" / "bin"), "bin1": str(place / "py1" / "bin"), "bin4": str(place / "py4" / "bin"), "bin5": str(place / "py5" / "bin"), "node": str(place / "node" / "node_modules"),
        }  # fmt: skip

    def __enter__(self) -> Running:
        for name in self.server.get("files", []):
            text = (HERE / "apps" / name).read_text()
            (self.folder / Path(name).name).write_text(self._filled(text))
        if "upstream" in self.server["plants"] or "gw-" in self.server["plants"]:
            self._start([sys.executable, str(HERE / "apps" / "upstream.py"), str(self.ports.upstream)])
            self._await(self.ports.upstream)
        for command in self.server.get("build", []):
            subprocess.run(
                ["sh", "-c", self._filled(command)], check=True, cwd=self.folder, stdout=self.log, stderr=self.log
            )
        self.run()
        return self

    def run(self) -> None:
        """Start the server, again where a plant ended it, and wait until it listens."""
        self._start(["sh", "-c", "exec " + self._filled(self.server["run"])])
        self._await(self.ports.own)
        time.sleep(self.server.get("settle_s", 0.3))

    def is_up(self) -> bool:
        """Whether the server still runs, a moment after it hung up."""
        time.sleep(0.5)
        return self.processes[-1].poll() is None

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            for kind in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(process.pid, kind)
                    process.wait(2)
                except (ProcessLookupError, subprocess.TimeoutExpired):
                    continue
        self.log.close()
        if os.environ.get("KEEP"):
            print(self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def said(self) -> str:
        """The end of what the server printed."""
        return (self.folder / "log").read_text("utf-8", "replace")[-1500:]

    def _filled(self, text: str) -> str:
        return re.sub(r"@(\w+)@", lambda found: self.words.get(found[1], found[0]), text)

    def _start(self, command: list[str]) -> None:
        environment = os.environ | {
            "NODE_PATH": self.words["node"],
            "PYTHONPATH": f"{self.place / 'apps'}:{self.place / 'apps' / 'py'}",
            "NODE_ENV": "",
        }
        environment |= {"APPS": self.words["apps"]}
        environment |= {key: self._filled(value) for key, value in self.server.get("env", {}).items()}
        self.processes.append(
            subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
            )
        )

    def _await(self, port: int) -> None:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            for host in ("127.0.0.1", "::1"):
                try:
                    socket.create_connection((host, port), 1).close()
                except OSError:
                    continue
                return
            time.sleep(0.1)
        self.log.flush()
        said = self.said()
        self.__exit__()
        raise RuntimeError(f"it does not listen: {said}")


async def attempt(name: str, plant: Plant, port: int) -> Capture:
    """One delivery of a plant, handed over once by hookscope's forwarder."""
    provider, delivery = build(name, plant.path, plant.method, plant.changes)
    handler = parse_handler(f"{plant.scheme}://127.0.0.1:{port}")
    forwarder = Forwarder(handler, insecure="verify" not in plant.changes)
    try:
        request = build_request(delivery, handler, origin="live", preserve_host="tunnel-host" in plant.changes)
        started = time.time()
        outcome = await forwarder.forward(request, plant.limit_s)
    finally:
        await forwarder.close()
    made = Attempt(
        number=1, origin="live", handler_url=handler.origin + request.target, started_at=started, elapsed_ms=outcome.elapsed_ms,
        answer=outcome.answer, failure=outcome.failure, request=request if changed(delivery, request, handler) else None,
    )  # fmt: skip
    return Capture(delivery=delivery, attempts=(made,), provider=provider)


def record(server: dict[str, Any], place: Path) -> dict[str, Capture]:
    """The server's captures by plant, in the table's order."""
    found: dict[str, Capture] = {}
    with Running(server, place) as running:
        for name in server["plants"].split():
            found[name] = asyncio.run(attempt(f"{server['name']}-{name}", PLANTS[name], running.ports.own))
            if found[name].attempts[0].failure is not None and not running.is_up():
                running.run()
    return found


@cache
def versions(sources: tuple[str, ...], place: Path) -> str:
    """Which version runs: `pip:NAME` (`pip1:` in the environment `py1`), `npm:NAME`, `apt:NAME`, as installed."""
    return ", ".join(f"{source.partition(':')[2]} {_version(*source.split(':', 1), place)}" for source in sources)


def _version(kind: str, name: str, place: Path) -> str:
    if kind == "npm":
        return str(json.loads((place / "node" / "node_modules" / name / "package.json").read_text())["version"])
    asked: list[str | Path] = ["dpkg-query", "-W", "-f", "${Version}", name]
    if kind.startswith("pip"):
        asked = [
            place / kind.replace("pip", "py") / "bin" / "python",
            "-c",
            f"import importlib.metadata as m; print(m.version({name!r}))",
        ]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def pack(recordings: dict[str, Any], out: Path) -> None:
    """Write the recordings as one file."""
    text = json.dumps(dict(sorted(recordings.items())), ensure_ascii=False, separators=(",", ":"))
    out.write_bytes(lzma.compress(text.encode("utf-8", "surrogatepass"), preset=9 | lzma.PRESET_EXTREME))


def main() -> int:
    parser = argparse.ArgumentParser(description="Records unseen servers.")
    parser.add_argument("names", nargs="*", help="only these servers")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--place", type=Path, default=PLACE, help="where --install puts what it installs")
    parser.add_argument(
        "--judge", action="store_true", help="start nothing: lay down the truth about the captures again"
    )
    parser.add_argument("--install", action="store_true", help="install what packages/ pins, and stop")
    given = parser.parse_args()
    if given.install:
        install(given.place)
        return 0
    # Tracebacks quote the programs' paths: let them be the same everywhere.
    shutil.copytree(HERE / "apps", given.place / "apps", dirs_exist_ok=True)
    recordings = json.loads(lzma.decompress(given.out.read_bytes())) if given.out.exists() else {}
    failed = 0
    for server in tomllib.loads((HERE / "servers.toml").read_text())["server"]:
        if given.names and server["name"] not in given.names:
            continue
        mine = {name: item for name, item in recordings.items() if item["truth"]["server"] == server["name"]}
        try:
            if given.judge:
                captures = {
                    name.removeprefix(server["name"] + "-"): from_mapping(item["capture"])
                    for name, item in mine.items()
                }
                version = next((item["truth"]["version"] for item in mine.values()), "")
            else:
                captures, version = record(server, given.place), versions(tuple(server["version"].split()), given.place)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"!! {server['name']}: {error}", flush=True)
            failed += 1
            continue
        recordings = {name: item for name, item in recordings.items() if name not in mine}
        recordings |= judge(server, captures, version)
        if not given.judge:  # what was recorded is kept, whatever befalls the next server
            pack(recordings, given.out)
    pack(recordings, given.out)
    servers = {item["truth"]["server"] for item in recordings.values()}
    print(f"{len(recordings)} recordings of {len(servers)} servers")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
