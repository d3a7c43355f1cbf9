"""The long proofs of `.ci/nightly`: which there are, and that one which fails stops no other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NIGHTLY = ROOT / ".ci/nightly"
WORKFLOW = (ROOT / ".ci/github-nightly.yml").read_text("utf-8")
MAKE = """#!/bin/sh
echo "made $1"
test "$1" != matrix
"""

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("bash"), reason="`.ci/nightly` needs bash, as make's targets do"
)


@pytest.fixture
def made(tmp_path: Path) -> tuple[list[str], str, int]:
    """The targets made, the last line and the exit code, of a run with a make whose matrix fails."""
    (tmp_path / "make").write_text(MAKE)
    (tmp_path / "make").chmod(0o755)
    environ = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([NIGHTLY], capture_output=True, text=True, env=environ, timeout=30, check=False)
    return re.findall(r"^made (\w+)$", done.stdout, re.M), done.stdout.splitlines()[-1], done.returncode


def test_a_proof_that_fails_stops_no_other(made: tuple[list[str], str, int]) -> None:
    targets, last, exit_code = made
    assert targets[targets.index("matrix") + 1 :] != []
    assert (last, exit_code) == ("nightly: failed: matrix", 1)


def test_every_proof_is_a_target_and_has_its_job_at_the_forge(made: tuple[list[str], str, int]) -> None:
    targets, _, _ = made
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.M)] == []
    assert re.findall(r"target: \[(.*)\]", WORKFLOW) == [", ".join(targets)]
