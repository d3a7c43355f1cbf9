"""What processes cost, from /proc: processor time and memory of a process and all that it started."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Processor seconds. `main` is what the first thread of each process took, where a program has its loop."""

    user: float = 0.0
    system: float = 0.0
    main: float = 0.0

    @property
    def total(self) -> float:
        return self.user + self.system

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.user + other.user, self.system + other.system, self.main + other.main)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.user - other.user, self.system - other.system, self.main - other.main)


@dataclass(frozen=True)
class Stat:
    """What one line of /proc/PID/stat says that is of use here."""

    parent: int
    user: float
    system: float


def parse_stat(line: str) -> Stat:
    """Reads the line. A program's name may hold blanks and brackets, so it is counted from the last bracket on."""
    fields = line[line.rindex(")") + 2 :].split()
    user, system, waited_user, waited_system = (int(value) / TICKS for value in fields[11:15])
    # Children that ended and were waited for, such as a server's short-lived ones, are the parent's cost.
    return Stat(parent=int(fields[1]), user=user + waited_user, system=system + waited_system)


def read_stat(pid: int) -> Stat | None:
    """None where the process is gone."""
    try:
        return parse_stat((PROC / str(pid) / "stat").read_text(errors="replace"))
    except (OSError, ValueError):
        return None


def tree(roots: Iterable[int]) -> list[int]:
    """These processes and everything below them."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := read_stat(int(entry.name))):
            children.setdefault(stat.parent, []).append(int(entry.name))
    found: list[int] = []
    left = list(roots)
    while left:
        pid = left.pop()
        if pid not in found:
            found.append(pid)
            left += children.get(pid, [])
    return found


def usage(pids: Iterable[int]) -> Usage:
    """What these processes have taken since they started."""
    total = Usage()
    for pid in pids:
        if stat := read_stat(pid):
            total += Usage(stat.user, stat.system, main_thread_s(pid))
    return total


def main_thread_s(pid: int) -> float:
    """Seconds that the process's first thread has run."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int((PROC / f"{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9
    return 0.0


def memory_mb(pids: Iterable[int], key: str = "VmRSS") -> float:
    """Resident memory now (`VmRSS`) or at its highest (`VmHWM`), in megabytes of 10^6 bytes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in (PROC / f"{pid}/status").read_text().splitlines():
                if line.startswith(key + ":"):
                    total += int(line.split()[1]) * 1024
    return total / 1e6


def forget_peaks(pids: Iterable[int]) -> None:
    """Lets the highest memory count from now on."""
    for pid in pids:
        with contextlib.suppress(OSError):
            (PROC / f"{pid}/clear_refs").write_text("5")


def machine_busy_s() -> float:
    """Processor seconds that the whole machine has worked since it started."""
    fields = [int(value) for value in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / TICKS


def usages(roots: Mapping[str, int]) -> dict[str, Usage]:
    """What each named process and its children have taken."""
    return {name: usage(tree([pid])) for name, pid in roots.items()}
