"""Nothing is lost by relay nodes over NATS: servers and relays as real processes, killed under traffic, with figures.

    python bench/torture_nats.py [SCENARIO]... [--quick] [--scale PART]

Without a scenario all of them run, in their long form. `--scale 0.1` runs a tenth of each. Each prints a line of names
and numbers; exit 1 where one did not reach what it must.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parent.parent
# In the place of this directory, whose files have the names of packages that are meant.
sys.path[0] = str(ROOT / "tests")

from hookscope_relay import event_loop  # noqa: E402
from torture import node_kills, node_load, node_resume  # noqa: E402
from torture.figures import Figures  # noqa: E402

Scenario: TypeAlias = Callable[[Path, argparse.Namespace], Coroutine[Any, Any, Sequence[Figures]]]


async def run_kills(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    size = node_kills.QUICK if options.quick else node_kills.LONG
    scaled = replace(
        size, deliveries=int(size.deliveries * options.scale), kills=max(1, int(size.kills * options.scale))
    )
    return [await node_kills.run(directory, scaled)]


async def run_resume(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    size = node_resume.QUICK if options.quick else node_resume.LONG
    scaled = replace(
        size, reconnects=int(size.reconnects * options.scale), kills=max(1, int(size.kills * options.scale))
    )
    return [await node_resume.run(directory, scaled)]


async def run_load(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    size = node_load.QUICK if options.quick else node_load.LONG
    scaled = replace(
        size,
        endpoints=int(size.endpoints * options.scale),
        sessions=int(size.sessions * options.scale),
        seconds=size.seconds if options.scale >= 1.0 else max(0.5, size.seconds * options.scale),
    )
    return await node_load.run(directory, scaled)


SCENARIOS: dict[str, Scenario] = {"kills": run_kills, "resume": run_resume, "load": run_load}


def run(name: str, options: argparse.Namespace) -> int:
    """Run one scenario in a directory of its own and print its lines; how many failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-nats-") as made:
        told = event_loop.run(SCENARIOS[name](Path(made), options))
    for figures in told:
        print(figures.line(), flush=True)
    print(f"{name:<18} {time.monotonic() - started:.0f} s in all", flush=True)
    return sum(1 for figures in told if figures.failures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="the form that the tests run")
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the long form")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    return 1 if sum([run(name, options) for name in options.scenarios or SCENARIOS]) else 0


if __name__ == "__main__":
    sys.exit(main())
