"""hookscope and its neighbours under the same load, side by side in one run.

    python bench/contest.py                                      everything; about half an hour on two cores
    python bench/contest.py --quick --only ssh,hookscope         half a minute, while you change code
    python bench/contest.py --scenarios c64,long --only ssh,hookscope --hookscope before=../old/.venv/bin/hookscope

Prints tables, and writes every single figure as JSON beside them. `bench/README.md` says what is measured and how to
read it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from contest.contenders.table import build
from contest.options import Options, parse
from contest.processes import StartError
from contest.results import write
from contest.rounds import Run
from contest.tables import render


def main() -> int:
    options = parse()
    directory = Path(tempfile.mkdtemp(prefix="hookscope-contest-"))
    begun = time.monotonic()
    try:
        return run(options, directory)
    except StartError as error:
        print(f"contest: {error}", file=sys.stderr)
        return 1
    finally:
        say(f"took {time.monotonic() - begun:.0f} s" + (f", kept in {directory}" if options.keep else ""))
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


def run(options: Options, directory: Path) -> int:
    contest = Run(options, build(options.only, options.hookscopes), directory, say)
    try:
        contest.run()
    except KeyboardInterrupt:
        say("stopped; the tables hold what was measured until then")
    write(options.results, options, contest.outcomes)
    print(render(contest.outcomes))
    say(f"every figure: {options.results}")
    return 0


def say(text: str) -> None:
    print(f"# {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
