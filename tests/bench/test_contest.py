"""The contest as a whole, in its shortest form: real processes, real deliveries."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONTEST = Path(__file__).parents[2] / "bench/contest.py"


@pytest.mark.skipif(not os.environ.get("HOOKSCOPE_BENCH"), reason="runs whole processes for figures; make bench")
@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_hookscope_is_measured_and_a_missing_one_is_left_out_in_a_line(tmp_path: Path):
    options = ["--only", "hookscope", "--hookscope", "gone=/no/such/hookscope", "--scenarios", "c16", "--rounds", "1"]
    done = subprocess.run(
        [sys.executable, CONTEST, *options, "--seconds", "0.3", "--warm", "0.1", "--json", tmp_path / "figures.json"],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, text=True, check=True, timeout=90,
    )  # fmt: skip
    told = json.loads((tmp_path / "figures.json").read_text())["contenders"]
    (sample,) = told["hookscope"]["samples"]["c16"]
    assert sample["load"]["done"] == sample["load"]["sent"] == sample["arrived"] > 0
    assert set(sample["during"]) == {"relay", "inspector"}
    assert min(sample["peak_mb"].values()) > 10
    assert told["gone"]["left_out"] == "there is no /no/such/hookscope"
    assert "- gone is left out: there is no /no/such/hookscope" in done.stdout
    sent, *counted = re.findall(r"\d+", told["hookscope"]["checks"][0].replace(",", ""))
    assert counted == [sent] * 3
    assert "| hookscope | " in done.stdout
