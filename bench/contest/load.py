"""The load generator and the handler: two small C programs, compiled once, and what they say."""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from contest.contender import Address
from contest.processes import StartError, free_port, start, stop, wait_for_port

NATIVE = Path(__file__).parent / "native"
JSON, BYTES = "application/json", "application/octet-stream"


@dataclass(frozen=True)
class Load:
    """What one run of the load generator saw."""

    sent: int
    done: int
    seconds: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    bad_status: int
    bad_answer: int
    changed: int
    broken: int
    lost: int
    first_bad: str
    slice_ends: tuple[float, ...]

    @property
    def rate(self) -> float:
        return self.done / self.seconds if self.seconds else math.nan

    @property
    def bad(self) -> int:
        """Deliveries without a right answer: wrong status, another's answer, cut off, or none at all."""
        return self.bad_status + self.bad_answer + self.broken + self.lost


def parse_load(text: str) -> Load:
    """Reads the JSON object that the load generator prints; keys that are not known are left out."""
    told = json.loads(text)
    known = {name: told[name] for name in Load.__dataclass_fields__}
    return Load(**{**known, "slice_ends": tuple(told["slice_ends"])})


def compile_programs(cache: Path) -> Path:
    """Compiles both into the cache, anew where their text has changed, and returns the folder."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    sources = sorted(NATIVE.glob("*.[ch]"))
    folder = cache / hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    if (folder / "ready").exists():
        return folder
    if not compiler:
        raise StartError("there is no C compiler to make the load generator with (Debian: gcc)")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("handler", "load"):
        command = [compiler, "-O2", "-Wall", "-o", str(folder / name), str(NATIVE / f"{name}.c")]
        subprocess.run(command, check=True)
    (folder / "ready").touch()
    return folder


def make_bodies(directory: Path) -> list[Path]:
    """What is sent: a push of 2 KiB and one of 1 MB, as JSON without blanks, and 25 MB of bytes."""
    whim = random.Random(7)
    directory.mkdir(parents=True, exist_ok=True)
    small, middle, big = (directory / name for name in ("push.json", "large.json", "large.bin"))
    small.write_text(push_event(2048))
    middle.write_text(push_event(1_000_000))
    big.write_bytes(whim.randbytes(25_000_000))
    return [small, middle, big]


def push_event(size: int) -> str:
    """A push as GitHub sends it: as many commits as fit, and a note that fills it up to the size exactly."""
    event = {
        "ref": "refs/heads/main",
        "repository": {"id": 35129377, "name": "public-repo", "full_name": "octo/public-repo", "private": False},
        "pusher": {"name": "octo", "email": "octo@example.com"},
        "note": "",
        "commits": [],
    }
    room = size - len(compact(event))
    commits: list[dict[str, object]] = []
    while room > (length := len(compact(one := commit(len(commits)))) + 1):
        commits.append(one)
        room -= length
    event["commits"] = commits
    event["note"] = "x" * (size - len(compact(event)))
    return compact(event)


def commit(number: int) -> dict[str, object]:
    digest = hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
    return {
        "id": digest,
        "message": f"Update README.md number {number}",
        "author": {"name": "octo", "email": "octo@example.com"},
        "added": [],
        "modified": ["README.md"],
    }


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


class Generator:
    """The handler, and the load that is sent to an address."""

    def __init__(self, directory: Path, cache: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.programs = compile_programs(cache)
        self.bodies = make_bodies(directory)
        self.port = free_port()
        command = [str(self.programs / "handler"), str(self.port), *map(str, self.bodies)]
        self.handler = start("handler", command, directory)
        wait_for_port(self.port, self.handler, directory, "handler")

    def stop(self) -> None:
        stop(self.handler)

    def send(
        self, address: Address, *, in_flight: int, seconds: float = 0, count: int = 0,
        body: int = 0, one_event: bool = False, arrivals: bool = False,
    ) -> Load:  # fmt: skip
        """Sends until the time or the count is up; raises StartError where the address cannot be reached."""
        path = self.bodies[body]
        command = [
            str(self.programs / "load"), str(address.port), address.path, address.host, str(in_flight), str(seconds),
            str(count), "one" if one_event else "each", str(body), str(path),
            JSON if path.suffix == ".json" else BYTES, str(self.port if arrivals else 0),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise StartError(f"the load generator ended: {done.stderr.strip() or done.returncode}")
        return parse_load(done.stdout)

    def arrived(self) -> tuple[int, int]:
        """How many requests the handler has had, and how many of their bodies had changed."""
        with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{self.port}/-/count", timeout=10) as answer:
            told = json.load(answer)
        return told["requests"], told["different"]
