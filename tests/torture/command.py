"""What the commands of the scenarios share: which run, each in a directory of its own, and a line for what it measured."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from torture.figures import Figures

Scenario: TypeAlias = Callable[[Path, argparse.Namespace], Coroutine[Any, Any, Sequence[Figures]]]
# As `asyncio.run`.
Loop: TypeAlias = Callable[[Coroutine[Any, Any, Sequence[Figures]]], Sequence[Figures]]


def options(words: str, scenarios: Mapping[str, Scenario]) -> argparse.ArgumentParser:
    """The options that every command has: the scenarios' names, all by default, and `--quick`."""
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(scenarios)}; all by default")
    parser.add_argument("--quick", action="store_true", help="the form that the tests run")
    return parser


def perform(parser: argparse.ArgumentParser, scenarios: Mapping[str, Scenario], loop: Loop = asyncio.run) -> int:
    """Run what is asked for and print its lines; the exit code, 1 where one did not reach what it must."""
    given = parser.parse_args()
    if unknown := set(given.scenarios) - set(scenarios):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    failed = sum([_run(name, scenarios[name], given, loop) for name in given.scenarios or scenarios])
    return 1 if failed else 0


def _run(name: str, scenario: Scenario, given: argparse.Namespace, loop: Loop) -> int:
    """Run one scenario; how many of its lines failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as made:
        told = loop(scenario(Path(made), given))
    for figures in told:
        print(figures.line(), flush=True)
    print(f"{name:<18} {time.monotonic() - started:.0f} s in all", flush=True)
    return sum(1 for figures in told if figures.failures)
