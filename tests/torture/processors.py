"""Where the processors' time goes: of processes by name, of everything else on the machine, and of nobody."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
# The fields of /proc/stat that are nobody's: idle, and waiting for a disk.
IDLE = slice(3, 5)
# user, nice, system, idle, iowait, irq, softirq, steal; guests are in them.
FIELDS = 8
# With less of the processors left over they are what bounds.
LEFT_OVER = 0.15


@dataclass(slots=True)
class Usage:
    """Work and the processor seconds that it took, by the names of who spent them; `others` and `idle` beside."""

    count: int = 0
    seconds: float = 0.0
    spent: dict[str, float] = field(default_factory=dict)
    others: float = 0.0
    idle: float = 0.0

    @property
    def per_second(self) -> float:
        """How much of the work a second was done."""
        return self.count / self.seconds

    @property
    def each_us(self) -> dict[str, int]:
        """Processor time for each, in microseconds."""
        each = {name: round(1e6 * spent / max(1, self.count)) for name, spent in self.spent.items()}
        return {**each, "all": sum(each.values())}

    @property
    def allowed_per_second(self) -> float:
        """What this machine's processors would do if nobody else took of them and none ever waited."""
        return 1e6 * (os.cpu_count() or 1) / max(1, self.each_us["all"])

    @property
    def bound(self) -> str:
        """What bounds the rate, in words."""
        every = (os.cpu_count() or 1) * self.seconds
        shares = {**self.spent, "others": self.others, "idle": self.idle}
        shown = ",".join(f"{name}:{spent / every:.0%}" for name, spent in shares.items())
        return f"{'processors' if self.idle < LEFT_OVER * every else 'waiting'}({shown})"


@contextmanager
def used(pids: Mapping[str, Sequence[int]]) -> Iterator[Usage]:
    """What the processes and the machine use until the end of the block; its `count` is for the caller to set."""
    usage, started = Usage(), time.monotonic()
    before, idle, busy = {name: sum(map(_of_process, of)) for name, of in pids.items()}, *_of_machine()
    yield usage
    usage.seconds = time.monotonic() - started
    usage.spent = {name: sum(map(_of_process, of)) - before[name] for name, of in pids.items()}
    idle_now, busy_now = _of_machine()
    usage.idle = idle_now - idle
    usage.others = max(0.0, busy_now - busy - sum(usage.spent.values()))


def _of_process(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _of_machine() -> tuple[float, float]:
    """Idle and busy seconds of all processors."""
    fields = [int(one) / TICK for one in Path("/proc/stat").read_text().splitlines()[0].split()[1 : 1 + FIELDS]]
    idle = sum(fields[IDLE])
    return idle, sum(fields) - idle
