from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from raw_http import free_port

WITHIN_S = 20.0
SHOW = "import os, sys; print(os.environ['NOTION_BASE_URL'], os.environ['HOOKSCOPE_API_NOTION'], sys.argv[1:], os.environ['MINE'])"


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hookscope.cli", "run", *arguments],
        env=os.environ | {"HOOKSCOPE_HOME": str(home), "MINE": "kept"},
        cwd=home,
        capture_output=True,
        encoding="utf-8",
        timeout=WITHIN_S,
    )


def test_the_program_finds_the_gateway_in_its_environment(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        port = gateway.getsockname()[1]
        done = run(tmp_path, "--api", "notion", "--api-port", str(port), "--", sys.executable, "-c", SHOW, "--api", "x")
    url = f"http://127.0.0.1:{port}/notion"
    assert done.stdout == f"{url} {url} ['--api', 'x'] kept\n"
    assert "nothing listens" not in done.stderr


def test_the_programs_exit_code_is_ours(tmp_path: Path) -> None:
    done = run(
        tmp_path, "--api", "notion", "--api-port", str(free_port()), "--", sys.executable, "-c", "raise SystemExit(7)"
    )
    assert done.returncode == 7
    assert "nothing listens at" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--api", "notion", "--", "no-such-program-here"], "cannot be started"),
        (["--", "true"], "no API is named"),
        (["--api", "nope", "--", "true"], "no API is known as"),
        (["--intercept", "no-api.example", "--", "true"], "no API is known at 'no-api.example'"),
    ],
)
def test_what_cannot_be_started_is_said_in_a_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
