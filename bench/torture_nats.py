"""Nothing is lost by relay nodes over NATS: servers and relays as real processes, killed under traffic, with figures.

    python bench/torture_nats.py [SCENARIO]... [--quick] [--scale PART]

Without a scenario all of them run, in their long form. `--scale 0.1` runs a tenth of each. Each prints a line of names
and numbers; exit 1 where one did not reach what it must.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
# In the place of this directory, whose files have the names of packages that are meant.
sys.path[0] = str(ROOT / "tests")

from hookscope_relay import event_loop  # noqa: E402
from torture import node_kills, node_load, node_resume  # noqa: E402
from torture.command import Scenario, build_parser, perform  # noqa: E402
from torture.figures import Figures  # noqa: E402


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


def main() -> int:
    parser = build_parser(__doc__, SCENARIOS)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the long form")
    return perform(parser, SCENARIOS, event_loop.run)


if __name__ == "__main__":
    sys.exit(main())
