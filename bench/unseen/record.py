"""Records how real servers that no rule was written for answer webhooks: starts each on loopback, plants faults, forwards deliveries.

    python bench/unseen/record.py --install            # once: what packages/ pins, into --place (apt needs root)
    python bench/unseen/record.py [NAME]... [--out tests/recordings_unseen.json.xz]

`servers.toml` lists the servers, `plants.py` what is planted and the truth about each outcome, `apps/` holds the servers' own programs.
A delivery goes through hookscope's own forwarding, so what is kept is what `listen` would have captured. An outcome for which the truth
is not laid down is printed and not kept. With names, only those servers' recordings are renewed in the file. Where a server gives several
plants the same bytes, each names the others' causes as possible. Loopback only.
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
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from deliveries import HOST, build
from hookscope.capture import Attempt, Capture, to_mapping
from hookscope.forwarding.forwarder import Forwarder
from hookscope.handler import parse_handler
from hookscope.outgoing import build_request, changed
from plants import PLANTS, REASONS, UNFIT, Plant, Truth

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
        self.server = server
        self.ports = free_ports()
        self.folder = Path(tempfile.mkdtemp(prefix="unseen-"))
        self.log = (self.folder / "log").open("wb")
        self.processes: list[subprocess.Popen[bytes]] = []
        # Some programs give up their rights and have to read what lies here.
        self.folder.chmod(0o755)
        self.words = {
            "port": str(self.ports.own), "upstream": str(self.ports.upstream), "dead": str(self.ports.dead),
            "dir": str(self.folder), "apps": str(HERE / "apps"), "place": str(place),
            "py": str(place / "py" / "bin" / "python"), "bin": str(place / "py" / "bin"),
            "py1": str(place / "py1" / "bin" / "python"), "bin1": str(place / "py1" / "bin"),
            "node": str(place / "node" / "node_modules"),
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
        """Whether the server still runs."""
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
            "PYTHONPATH": f"{HERE / 'apps'}:{HERE / 'apps' / 'py'}",
            "NODE_ENV": "",
        }
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


async def attempt(name: str, plant: Plant, port: int, host: str) -> tuple[Capture, Attempt]:
    """One delivery of a plant, handed over once by hookscope's forwarder."""
    provider, delivery = build(name, plant.path, plant.method, plant.changes)
    handler = parse_handler(f"{plant.scheme}://{host}:{port}")
    forwarder = Forwarder(handler, insecure="verify" not in plant.changes)
    try:
        request = build_request(
            delivery, handler, origin="live", public_host=HOST, preserve_host="tunnel-host" in plant.changes
        )
        started = time.time()
        outcome = await forwarder.forward(request, plant.limit_s)
    finally:
        await forwarder.close()
    made = Attempt(
        number=1, origin="live", handler_url=handler.origin + request.target, started_at=started, elapsed_ms=outcome.elapsed_ms,
        answer=outcome.answer, failure=outcome.failure, request=request if changed(delivery, request, handler) else None,
    )  # fmt: skip
    return Capture(delivery=delivery, attempts=(made,), provider=provider), made


def truth_of(plant: Plant, made: Attempt) -> Truth | None:
    """What is laid down for the outcome; None where nothing is."""
    if made.failure is not None:
        return plant.outcomes.get(made.failure.kind)
    assert made.answer is not None
    status = made.answer.status
    return plant.outcomes.get(str(status)) or plant.outcomes.get(f"{status // 100}xx")


def record(server: dict[str, Any], place: Path) -> dict[str, dict[str, Any]]:
    """The server's recordings by name; what has no truth is printed and left out."""
    kept: dict[str, dict[str, Any]] = {}
    shapes: dict[str, str] = {}
    with Running(server, place) as running:
        for plant_name in server["plants"].split():
            plant, name = PLANTS[plant_name], f"{server['name']}-{plant_name}"
            captured, made = asyncio.run(attempt(name, plant, running.ports.own, server.get("host", "127.0.0.1")))
            if made.failure is not None and not running.is_up():
                running.run()
            truth = truth_of(plant, made)
            override = server.get("truth", {}).get(plant_name)
            if truth is None and override is None:
                print(f"  ?? {name}: {_told(made)}")
                continue
            assert truth is not None or override is not None
            told = {"cause": truth.cause, "layer": truth.layer, "also": truth.also} if truth else {"also": ()}
            if truth and truth.layer == "framework":
                told["layer"] = server.get("layer", "framework")
            if plant_name.startswith("sig") and not _SPOKEN.search(_words(made)):
                # The framework swallowed what the handler had to say.
                told["also"] = (*told["also"], *(UNFIT if _status(made) == 400 else REASONS))
            told |= override or {}
            kept[name] = {"capture": to_mapping(captured), "truth": _sidecar(server, plant, told, place)}
            shapes[name] = _shape(made, plant)
            if os.environ.get("SHOW"):
                print(f"  {name}: {told['cause']}/{told['layer']}  {_told(made)}")
    _share(kept, shapes)
    return kept


def _sidecar(server: dict[str, Any], plant: Plant, told: dict[str, Any], place: Path) -> dict[str, Any]:
    return {
        "cause": told["cause"], "layer": told["layer"], "server": server["name"], "product": server["product"],
        "version": versions(tuple(server["version"].split()), place), "how": told.get("how", plant.how),
        "also_possible": set(told["also"]) - {told["cause"]},
    }  # fmt: skip


@cache
def versions(sources: tuple[str, ...], place: Path) -> str:
    """Which version runs: `pip:NAME` (`pip1:` in the second environment), `npm:NAME`, `apt:NAME`, as installed."""
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


def _share(kept: dict[str, dict[str, Any]], shapes: dict[str, str]) -> None:
    """Plants that a server answers with the same bytes cannot be told apart by the answer: each is possible for the others."""
    causes: dict[str, set[str]] = defaultdict(set)
    for name, shape in shapes.items():
        causes[shape].add(kept[name]["truth"]["cause"])
    for name, item in kept.items():
        truth = item["truth"]
        truth["also_possible"] = sorted((truth["also_possible"] | causes[shapes[name]]) - {truth["cause"]})
        if not truth["also_possible"] or truth["cause"] == "ok":
            del truth["also_possible"]


_VARIES = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|\"/[\w/?=-]*\"|[0-9a-f]{16,}")


def _shape(made: Attempt, plant: Plant) -> str:
    """The outcome without what differs from request to request."""
    if made.answer is None:
        assert made.failure is not None
        return made.failure.kind
    answer = made.answer
    path = plant.path.encode()
    body = _VARIES.sub(b"#", answer.body.replace(path, b"{path}"))
    headers = sorted(key.lower() for key, _ in answer.headers)
    return repr((answer.status, answer.reason, headers, body))


_SPOKEN = re.compile(r"signature|hmac|verif|not match", re.I)


def _words(made: Attempt) -> str:
    return made.answer.reason + made.answer.body.decode("utf-8", "replace") if made.answer else ""


def _status(made: Attempt) -> int:
    return made.answer.status if made.answer else 0


def _told(made: Attempt) -> str:
    if made.answer is None:
        return repr(made.failure)
    return f"{made.answer.status} {made.answer.reason} {made.answer.body[:150]!r}"


def pack(recordings: dict[str, Any], out: Path) -> None:
    """Write the recordings as one file."""
    text = json.dumps(dict(sorted(recordings.items())), ensure_ascii=False, separators=(",", ":"))
    out.write_bytes(lzma.compress(text.encode("utf-8", "surrogatepass"), preset=9 | lzma.PRESET_EXTREME))


def main() -> int:
    parser = argparse.ArgumentParser(description="Records unseen servers.")
    parser.add_argument("names", nargs="*", help="only these servers")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--place", type=Path, default=PLACE, help="where --install puts what it installs")
    parser.add_argument("--install", action="store_true", help="install what packages/ pins, and stop")
    given = parser.parse_args()
    if given.install:
        install(given.place)
        return 0
    recordings = json.loads(lzma.decompress(given.out.read_bytes())) if given.out.exists() else {}
    failed = 0
    for server in tomllib.loads((HERE / "servers.toml").read_text())["server"]:
        if given.names and server["name"] not in given.names:
            continue
        try:
            found = record(server, given.place)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(f"!! {server['name']}: {error}", flush=True)
            failed += 1
            continue
        recordings = {key: item for key, item in recordings.items() if item["truth"]["server"] != server["name"]}
        recordings |= found
        print(f"{server['name']}: {len(found)}", flush=True)
        pack(recordings, given.out)
    servers = {item["truth"]["server"] for item in recordings.values()}
    print(f"{len(recordings)} recordings of {len(servers)} servers")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
