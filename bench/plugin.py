"""What the pytest plugin costs a project that does not use it. Run `python bench/plugin.py [ROUNDS]`.

A project with 200 empty tests is run with the plugin and without it, in turns, so that whatever else the machine does
strikes both alike.

import         loading the module, pytest being there already (a fresh interpreter each)
hooks          runs in one process: loaded against `-p no:hookscope`, the median of the differences
unused         the two together                                                wanted: under 5 ms
metadata       reading the record of our files, as pytest does for every distribution with a plugin
whole runs     processes of their own, in processor time: what a user could notice, and mostly the machine's noise
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WANTED_MS = 5.0
TESTS = "".join(f"def test_{number}():\n    pass\n\n\n" for number in range(200))
WAYS: dict[str, tuple[str, ...]] = {"loaded": (), "-p no:hookscope": ("-p", "no:hookscope")}
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:aiohttp", "-p", "no:hypothesispytest")
RUNS = """
import io, contextlib, statistics, sys, time
import pytest

def run(*options):
    with contextlib.redirect_stdout(io.StringIO()):
        began = time.process_time()
        assert pytest.main([*sys.argv[2:], *options]) == 0
        took = time.process_time() - began
    sys.modules.pop("test_nothing", None)
    return took * 1000

with_it, without = ("-p", "hookscope.pytest_plugin.plugin"), ("-p", "no:hookscope.pytest_plugin.plugin")
run(*with_it), run(*without)
pairs = [(run(*with_it), run(*without)) for _ in range(int(sys.argv[1]))]
print(statistics.median(one - other for one, other in pairs), statistics.median(other for _, other in pairs))
"""
METADATA = """
import time
from importlib.metadata import distribution
found = distribution("hookscope-entry")
began = time.perf_counter()
count = len([str(file) for file in found.files])
print((time.perf_counter() - began) * 1000, count)
"""
IMPORT = """
import pytest, time
began = time.perf_counter()
import hookscope.pytest_plugin.plugin
print((time.perf_counter() - began) * 1000)
"""


def main() -> int:
    """Print every figure; 1 where the unused plugin costs more than is wanted."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        (project / "test_nothing.py").write_text(TESTS)
        (project / "pytest.ini").write_text("[pytest]\n")
        site = install(Path(folder) / "site")
        loading = statistics.median(ask(IMPORT, project, site)[0] for _ in range(9))
        hooks, alone = ask(RUNS, project, site, str(rounds), *OPTIONS, "-p", "no:hookscope")
        reading, count = ask(METADATA, project, site)
        whole = {name: [run(project, site, options) for _ in range(2)][1:] for name, options in WAYS.items()}
        for _ in range(rounds // 6):
            for name, options in WAYS.items():
                whole[name].append(run(project, site, options))
    print(f"import       {loading:6.2f} ms")
    print(f"hooks        {hooks:6.2f} ms of {alone:.0f} ms (200 tests, {rounds} pairs)")
    print(f"unused       {loading + hooks:6.2f} ms")
    print(f"metadata     {reading:6.2f} ms ({count:.0f} files)")
    for name, values in whole.items():
        print(
            f"whole runs   {statistics.median(values):6.0f} ms {name} (median of {len(values)}; least {min(values):.0f})"
        )
    return 0 if loading + hooks < WANTED_MS else 1


def ask(code: str, project: Path, site: Path, *arguments: str) -> list[float]:
    """The numbers that a program prints."""
    command = [sys.executable, "-c", code, *arguments]
    printed = subprocess.run(command, cwd=project, env=environment(site), check=True, capture_output=True, text=True)
    return [float(word) for word in printed.stdout.split()]


def install(site: Path) -> Path:
    """A folder for PYTHONPATH with what an installed wheel says of itself: the entry point,
    and a record of all its files."""
    info = site / "hookscope_entry-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hookscope-entry\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pytest11]\nhookscope = hookscope.pytest_plugin.plugin\n")
    sources = (ROOT / "inspector", ROOT / "relay")
    files = [path.relative_to(source) for source in sources for path in sorted(source.rglob("*")) if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    (info / "RECORD").write_text("".join(f"{path.as_posix()},sha256={'x' * 43},1000\n" for path in kept))
    return site


def environment(site: Path) -> dict[str, str]:
    """The environment in which our sources and the installed entry point are found."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT / "inspector", ROOT / "relay")))}


def run(project: Path, site: Path, options: tuple[str, ...]) -> float:
    """Milliseconds of processor time of one run of the project's tests."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *options],
        cwd=project,
        env=environment(site),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


if __name__ == "__main__":
    sys.exit(main())
