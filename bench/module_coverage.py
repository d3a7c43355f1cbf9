"""What of each module its own test file does not run; fails where that is something and `tests/coverage.toml` gives no reason.

    python bench/module_coverage.py [MODULE…]       hookscope.store hookscope_relay.wire: those and what is below them

All modules and pytest's plug-ins are loaded once; each test file then runs in a fork of that, so that nothing which
another file has done counts. Needs a system that forks. WORKERS says how many run side by side.
"""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent
HOUSES = (("relay", "hookscope_relay"), ("inspector", "hookscope"))
REASONS = ROOT / "tests/coverage.toml"
WORKERS = int(os.environ.get("WORKERS") or os.cpu_count() or 1)
# The parent has loaded the plug-ins before a child's pytest could rewrite their assertions.
PYTEST = ("-n", "0", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class Module(NamedTuple):
    """A module and the test file that mirrors its path."""

    name: str
    file: Path
    test: Path


class Measured(msgspec.Struct, frozen=True):
    """What came of a module's own tests: pytest's exit code and its last words, and the lines that were not run."""

    name: str
    ended: int
    said: str
    lines: int
    missed: list[int]


def modules_with_tests() -> Iterator[Module]:
    """`tests/test_architecture.py` has the few modules that no test file mirrors, and why."""
    for side, package in HOUSES:
        for file in sorted((ROOT / side / package).rglob("*.py")):
            within = file.relative_to(ROOT / side / package)
            test = ROOT / "tests" / side / within.with_name(f"test_{within.name}")
            if test.is_file():
                yield Module(".".join(file.relative_to(ROOT / side).with_suffix("").parts), file, test)


def is_within(name: str, prefixes: Sequence[str]) -> bool:
    return not prefixes or any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def is_known(name: str) -> bool:
    path = Path(*name.split(".")).with_suffix(".py")
    return any((ROOT / side / path).is_file() for side, _ in HOUSES)


def reasons() -> dict[str, str]:
    """Why a module may stay below all of its lines, by its name."""
    table = tomllib.loads(REASONS.read_text("utf-8"))["reason"]
    return {name: row["why"] for row in table for name in row["modules"]}


def measure_of(files: Sequence[Path]) -> Coverage:
    return Coverage(data_file=None, include=[str(file) for file in files], config_file=str(ROOT / "pyproject.toml"))


def lines_of_imports(modules: Sequence[Module]) -> dict[str, set[int]]:
    """Loads all modules, with what a child would load otherwise each time; the lines that this runs, by the file."""
    coverage = measure_of([module.file for module in modules])
    coverage.start()
    for module in modules:
        importlib.import_module(module.name)
    pytest.main(
        ["--collect-only", "--no-summary", "-qqq", *PYTEST, str(ROOT / "tests/inspector/text/test_time_span.py")]
    )
    coverage.stop()
    data = coverage.get_data()
    return {file: set(data.lines(file) or ()) for file in data.measured_files()}


def measure(module: Module, imported: set[int], folder: Path) -> None:
    """Runs in a child: the module's tests, and what came of them into a file of its name."""
    log = folder / f"{module.name}.log"
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    coverage = measure_of([module.file])
    coverage.start()
    ended = pytest.main([*PYTEST, str(module.test)])
    coverage.stop()
    _, lines, _, missed, _ = coverage.analysis2(str(module.file))
    sys.stdout.flush()
    last = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
    result = Measured(module.name, int(ended), "".join(last), len(lines), sorted(set(missed) - imported))
    (folder / module.name).write_bytes(msgspec.json.encode(result))
    os._exit(0)  # threads and loops that tests left would be waited for


def measure_all(modules: Sequence[Module], folder: Path) -> Iterator[Measured]:
    imported = lines_of_imports(modules)
    gc.freeze()  # a child need not look through what all share
    fork = multiprocessing.get_context("fork")
    waiting, running = list(reversed(modules)), dict[int, tuple[multiprocessing.process.BaseProcess, Module]]()
    while waiting or running:
        while waiting and len(running) < WORKERS:
            module = waiting.pop()
            child = fork.Process(target=measure, args=(module, imported.get(str(module.file), set()), folder))
            child.start()
            running[child.sentinel] = child, module
        for sentinel in wait(list(running)):
            child, module = running.pop(int(sentinel))
            child.join()
            found = folder / module.name
            whole = found.is_file()
            yield (
                msgspec.json.decode(found.read_bytes(), type=Measured)
                if whole
                else Measured(module.name, child.exitcode or 1, "its process died", 0, [])
            )


def ranges(lines: Sequence[int]) -> str:
    """`3, 5-7` of 3, 5, 6, 7."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def verdicts(found: Sequence[Measured], because: dict[str, str]) -> list[str]:
    """A sentence on each module that is not as it must be; none, all is well."""
    failed = [f"{one.name}: its tests fail: {one.said}" for one in found if one.ended]
    bare = [one for one in found if one.missed and one.name not in because]
    return failed + [f"{one.name}: lines {ranges(one.missed)}, and no reason" for one in bare]


def main(prefixes: Sequence[str]) -> int:
    sys.path.insert(0, str(ROOT / "tests"))
    modules = [module for module in modules_with_tests() if is_within(module.name, prefixes)]
    because = reasons()
    with tempfile.TemporaryDirectory(prefix="cov") as folder:
        found = []
        for one in measure_all(modules, Path(folder)):
            found.append(one)
            if one.missed:
                share = 100 * (one.lines - len(one.missed)) // one.lines
                print(f"{share:4} %  {one.name:50} {because.get(one.name, ranges(one.missed))}", flush=True)
    whole = sum(not one.missed and not one.ended for one in found)
    print(f"{whole} of {len(found)} modules: every line is run by the module's own test file")
    if spare := [one.name for one in found if not one.missed and one.name in because]:
        print("with a reason that they did not need this time:", *spare)
    wrong = verdicts(found, because) + [f"{name}: there is no such module" for name in because if not is_known(name)]
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
