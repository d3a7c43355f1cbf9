"""A command that runs scenarios and prints a line of figures for each."""

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


def build_parser(about: str | None, scenarios: Mapping[str, Scenario]) -> argparse.ArgumentParser:
    """The options that every such command has."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(scenarios)}; all by default")
    parser.add_argument("--quick", action="store_true", help="the form that the tests run")
    return parser


def perform(
    parser: argparse.ArgumentParser, scenarios: Mapping[str, Scenario], loop: Callable[..., Any] = asyncio.run
) -> int:
    """Run the scenarios that the command line names, each on a loop that `loop` makes; 1 where one did not reach what
    it must."""
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(scenarios):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    failed = sum([_run(name, scenarios[name], options, loop) for name in options.scenarios or scenarios])
    return 1 if failed else 0


def _run(name: str, scenario: Scenario, options: argparse.Namespace, loop: Callable[..., Any]) -> int:
    """Run one scenario in a directory of its own and print its lines; how many failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as made:
        told = loop(scenario(Path(made), options))
    for figures in told:
        print(figures.line(), flush=True)
    print(f"{name:<18} {time.monotonic() - started:.0f} s in all", flush=True)
    return sum(1 for figures in told if figures.failures)
