"""What is said of modules that leave lines of theirs to the tests of others; and one of them, measured."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("module_coverage", ROOT / "bench/module_coverage.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_reason_is_for_a_module_that_there_is_and_names_tests_that_there_are(bench: ModuleType) -> None:
    because = bench.reasons()
    assert [name for name in because if not bench.is_known(name)] == []
    named = {path for why in because.values() for path in re.findall(r"\b(?:tests|bench)/[\w/.]*\w", why)}
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("lines", "said"), [([], ""), ([3], "3"), ([3, 5, 6, 7], "3, 5-7"), ([1, 2, 9, 10, 12], "1-2, 9-10, 12")]
)
def test_lines_are_told_by_their_ranges(bench: ModuleType, lines: list[int], said: str) -> None:
    assert bench.ranges(lines) == said


def test_what_is_missed_needs_a_reason_and_what_fails_has_none(bench: ModuleType) -> None:
    found = [
        bench.Measured("a", 0, "3 passed", 10, []),
        bench.Measured("b", 0, "3 passed", 10, [4]),
        bench.Measured("c", 0, "3 passed", 10, [4, 5]),
        bench.Measured("d", 1, "1 failed", 10, []),
    ]
    assert bench.verdicts(found, {"b": "held elsewhere"}) == [
        "d: its tests fail: 1 failed",
        "c: lines 4-5, and no reason",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="it forks")
def test_a_module_is_measured_by_its_own_test_file() -> None:
    command = [sys.executable, str(ROOT / "bench/module_coverage.py"), "hookscope.text.timestamp"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr.strip()) == (0, "")
    assert "1 of 1 modules" in ran.stdout
