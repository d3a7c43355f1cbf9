"""What copies cost, in short: every sender has the answering handler's answer, and every copy is kept."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_fan_out", Path(__file__).parents[2] / "bench/fan_out.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not os.environ.get("HOOKSCOPE_BENCH"), reason="runs whole processes for figures; make bench")
def test_four_handlers_at_200_a_second_lose_nothing(bench: ModuleType) -> None:
    found = bench.compare(200, 0.25, 1, warm=20)
    assert len(found) == 1 and min(found[0]) > 0


def test_the_quietest_rounds_are_compared(bench: ModuleType) -> None:
    found = [(1.0, 2.0), (9.0, 9.0), (2.0, 2.0), (3.0, 5.0), (8.0, 99.0)]
    assert bench.quiet(found) == (2.0, 3.0)
