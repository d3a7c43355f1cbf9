from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

RULES = (
    "redirect.trailing-slash, redirect.login, csrf.refused, signature.handler-disagrees, signature.explains-refusal, "
    "transport.closed, transport.no-answer"
)


def test_without_a_terminal_it_plays_to_its_end_and_names_every_fault(tmp_path: Path) -> None:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "hookscope.cli", "demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=os.environ | {"HOOKSCOPE_HOME": str(tmp_path / "home"), "PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert time.monotonic() - started < 20
    outcomes, rules = done.stdout.splitlines()[-2:]
    assert outcomes.startswith("8 deliveries: ")
    assert rules == f"7 faults named above, by the rules {RULES}; `hookscope rules RULE` explains one"
    assert not (tmp_path / "home").exists()
