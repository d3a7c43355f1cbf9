"""Nothing is lost: relay and inspector as real processes, killed, frozen, crowded and cut off,
with figures for each scenario.

    python bench/torture.py [SCENARIO]... [--deliveries N] [--kills N] [--cuts N] [--seed N] [--quick]

Without a scenario all of them run, in their long form: about 20 minutes on two cores. Each prints a line of names and
numbers; exit 1 where one did not reach what it must. `--deliveries`, `--kills` and `--cuts` are of the scenario
`kills`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
# In the place of this directory, whose file has the name of the package that is meant.
sys.path[0] = str(ROOT / "tests")

from torture import big_bodies, clocks, crowd, disk_full, first_large, frozen, kills, read_only, streams  # noqa: E402
from torture.command import Scenario, build_parser, perform  # noqa: E402
from torture.figures import Figures  # noqa: E402
from torture.tiny_disk import FileLimit, can_mount  # noqa: E402


async def run_kills(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    size = kills.QUICK if options.quick else kills.LONG
    given = {name: getattr(options, name) for name in ("deliveries", "kills", "cuts", "seed")}
    return [await kills.run(directory, replace(size, **{name: value for name, value in given.items() if value}))]


async def run_first_large(directory: Path, _: argparse.Namespace) -> Sequence[Figures]:
    return [await first_large.run(directory)]


async def run_disk_full(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    told: list[Figures] = []
    for whose in disk_full.WHOSE:
        if can_mount():
            told.append(await asyncio.to_thread(disk_full.run_mounted, directory / whose, whose, quick=options.quick))
        else:
            size = disk_full.QUICK if options.quick else disk_full.LONG
            told.append(await disk_full.run(directory / whose, size, whose, FileLimit))
    return told


async def run_frozen(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    if options.quick:
        return await frozen.run(directory, frozen.QUICK)
    small = await frozen.run(directory / "small", frozen.LONG)
    return [*small, *await frozen.run(directory / "full", frozen.LONG_FULL, suffix="-full")]


async def run_read_only(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
    if read_only.prefix() is None:
        print("read-only          left out: root cannot give up its rights here", flush=True)
        return []
    return [await read_only.run(directory)]


def of_a_size(module: Any) -> Scenario:
    """The scenario of a module that has a `run`, and a size for either form."""

    async def run(directory: Path, options: argparse.Namespace) -> Sequence[Figures]:
        return [await module.run(directory, module.QUICK if options.quick else module.LONG)]

    return run


SCENARIOS: dict[str, Scenario] = {
    "kills": run_kills,
    "first-large": run_first_large,
    "disk-full": run_disk_full,
    "frozen": run_frozen,
    "crowd": of_a_size(crowd),
    "big": of_a_size(big_bodies),
    "clocks": of_a_size(clocks),
    "read-only": run_read_only,
    "streams": of_a_size(streams),
}


def main() -> int:
    parser = build_parser(__doc__, SCENARIOS)
    parser.add_argument("--deliveries", type=int, help="how many must be acknowledged")
    parser.add_argument("--kills", type=int, help="of relay and inspector together")
    parser.add_argument("--cuts", type=int, help="of the link between them")
    parser.add_argument("--seed", type=int, help="of what happens when")
    return perform(parser, SCENARIOS)


if __name__ == "__main__":
    sys.exit(main())
