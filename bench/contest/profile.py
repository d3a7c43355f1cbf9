"""Where the time of a Python contender goes: samples of its stacks while it works, by module of its own.

Taken from outside by py-spy, without stopping the process, in a run that counts for nothing else. A sample belongs to
the module of hookscope's own that is deepest in its stack, so that what a library or SQLite does counts for whoever
called it.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contest.contender import Contender
from contest.load import Generator
from contest.measure import measure
from contest.processes import StartError
from contest.registries import python_folder
from contest.scenarios import by_name

RATE = 250
FRAME = re.compile(r"(?P<function>.+) \((?P<path>.+):\d+\)")
OWN = ("hookscope/", "hookscope_relay/")


@dataclass(frozen=True)
class Profile:
    """Of one process: microseconds a delivery by module, and by the function on top of the stack."""

    contender: str
    process: str
    samples: int
    modules: list[tuple[str, float]]
    functions: list[tuple[str, float]]


def parse_stacks(text: str) -> list[tuple[list[str], int]]:
    """Reads collapsed stacks: frames from the outermost on, parted by semicolons, and how often they were seen."""
    stacks = []
    for line in text.splitlines():
        frames, _, count = line.rpartition(" ")
        if frames and count.isdigit():
            stacks.append((frames.split(";"), int(count)))
    return stacks


def module_of(frames: Iterable[str]) -> str:
    """The deepest module of hookscope's own, or what stands on top where there is none."""
    last = "(nothing)"
    own = ""
    for frame in frames:
        found = FRAME.fullmatch(frame)
        if not found:
            continue
        last = found["path"]
        if last.startswith(OWN):
            own = last
    return own or last


def count_stacks(stacks: Iterable[tuple[list[str], int]]) -> tuple[Counter[str], Counter[str]]:
    """How often each module was at work, and each function on top."""
    modules: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for frames, count in stacks:
        modules[module_of(frames)] += count
        functions[re.sub(r":\d+\)$", ")", frames[-1])] += count
    return modules, functions


def take_profiles(
    contender: Contender, generator: Generator, cache: Path, seconds: float, folder: Path
) -> list[Profile]:
    """Sends 64 in flight and looks at each process meanwhile; raises StartError where that is not possible."""
    spy = python_folder(cache, "py-spy==0.4.3") / "bin/py-spy"
    folder.mkdir(parents=True, exist_ok=True)
    spies = {name: _spy(spy, pid, seconds, folder / name) for name, pid in contender.roots().items()}
    sample = measure(contender, generator, by_name("c64"), seconds, 0)
    profiles = []
    for name, process in spies.items():
        _, words = process.communicate(timeout=30)
        if process.returncode:
            raise StartError(f"py-spy: {words.strip().splitlines()[-1] if words.strip() else 'no reason given'}")
        cost_us = 1e6 * sample.during[name].total / max(1, sample.load.done)
        profiles.append(_profile(contender.name, name, (folder / name).read_text(), cost_us))
    return profiles


def _spy(spy: Path, pid: int, seconds: float, path: Path) -> subprocess.Popen[str]:
    command = [str(spy), "record", "-p", str(pid), "-d", str(max(1, int(seconds))), "-r", str(RATE), "-f", "raw"]
    return subprocess.Popen(
        [*command, "--nonblocking", "-o", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def _profile(contender: str, process: str, text: str, cost_us: float) -> Profile:
    stacks = parse_stacks(text)
    modules, functions = count_stacks(stacks)
    total = sum(modules.values())

    def in_us(counts: Counter[str]) -> list[tuple[str, float]]:
        return [(name, cost_us * count / total) for name, count in counts.most_common(20)]

    return Profile(contender, process, total, in_us(modules), in_us(functions))
