from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

CAUSES = (
    "trailing-slash-redirect, login-redirect, csrf, handler-check-disagrees, signature-mismatch, "
    "closed-without-response, response-timeout"
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
    outcomes, causes = done.stdout.splitlines()[-2:]
    assert outcomes.startswith("8 deliveries: ")
    assert causes == f"causes found: {CAUSES}"
    assert not (tmp_path / "home").exists()
