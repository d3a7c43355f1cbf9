"""The command line of the contest."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contest.contenders.table import names
from contest.scenarios import SCENARIOS

START = "start"
RESULTS = Path(__file__).parents[2] / "build/contest.json"


@dataclass(frozen=True)
class Options:
    """What to run. Times are those of one timed run; `deliveries` is for the long ones."""

    only: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = (*(scenario.name for scenario in SCENARIOS), START)
    rounds: int = 5
    seconds: float = 4
    #: How long each contender is driven before anything counts: what compiles as it runs needs thousands of deliveries.
    warm: float = 5
    deliveries: int = 100_000
    long_seconds: float = 300
    starts: int = 15
    hookscopes: tuple[str, ...] = ()
    profile: bool = False
    results: Path = RESULTS
    cache: Path = Path.home() / ".cache/hookscope-contest"
    keep: bool = False


QUICK = Options(rounds=2, seconds=1.0, warm=0.5, deliveries=3_000, long_seconds=8, starts=3)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Reads the command line; a name that does not exist ends the program with exit code 2."""
    parser = argparse.ArgumentParser(prog="contest.py", description="hookscope and its neighbours under the same load.")
    parser.add_argument("--only", type=_list, help=f"the contenders, of {', '.join(names())}")
    parser.add_argument("--scenarios", type=_list, help=f"what to measure, of {', '.join(Options.scenarios)}")
    parser.add_argument("--quick", action="store_true", help="few and short rounds, to compare while you change code")
    parser.add_argument("--rounds", type=int, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, help="how long one timed run takes")
    parser.add_argument("--warm", type=float, help="how long each contender is driven before anything counts")
    parser.add_argument("--deliveries", type=int, help="how many the long runs send")
    parser.add_argument("--long-seconds", type=float, help="when a long run of a slow contender is cut off")
    parser.add_argument("--starts", type=int, help="how often each start-up is timed")
    parser.add_argument(
        "--hookscope", action="append", metavar="NAME=COMMAND", dest="hookscopes",
        help="another hookscope to compare with, such as main=../main/.venv/bin/hookscope",
    )  # fmt: skip
    parser.add_argument(
        "--profile", action="store_true", help="sample hookscope's stacks in one more run of 64 in flight"
    )
    parser.add_argument("--json", type=Path, dest="results", help=f"where the figures go ({RESULTS})")
    parser.add_argument("--keep", action="store_true", help="leave the run's directory, with what each program said")
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    quick = given.pop("quick")
    _check(parser, given)
    base = QUICK if quick else Options()
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "hookscope-contest" if "XDG_CACHE_HOME" in os.environ else base.cache
    return Options(**{**vars(base), "cache": cache, **given})


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check(parser: argparse.ArgumentParser, given: dict[str, object]) -> None:
    for option, known in (("only", names()), ("scenarios", Options.scenarios)):
        for name in given.get(option, ()):  # type: ignore[attr-defined]
            if name not in known:
                parser.error(f"--{option}: there is no {name!r}; there are {', '.join(known)}")
    for pair in given.get("hookscopes", ()):  # type: ignore[attr-defined]
        if not all(pair.partition("=")):
            parser.error(f"--hookscope: {pair!r} is no NAME=COMMAND")
    if given.get("hookscopes"):
        given["hookscopes"] = tuple(given["hookscopes"])  # type: ignore[arg-type]
