"""Processes that a run starts: each in a session of its own, its output in a file, ended with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class StartError(Exception):
    """A contender cannot run here; the text says why in one line."""


def clean_environment(**more: str) -> dict[str, str]:
    """The user's environment without what changes a contender's behaviour: proxies, and options of hookscope."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in PROXIES and not name.startswith("HOOKSCOPE_")
    }
    return {**kept, "NO_COLOR": "1", **more}


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def start(
    name: str, command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Starts a program in the directory; NAME.out and NAME.err there take what it prints."""
    with (directory / f"{name}.out").open("wb") as out, (directory / f"{name}.err").open("wb") as err:
        return subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment or clean_environment()),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], patience_s: float = 5) -> None:
    """Ends the process and its session, kindly first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
            return


def wait_for_port(port: int, process: subprocess.Popen[bytes], directory: Path, name: str, limit_s: float = 20) -> None:
    """Returns when somebody listens on the port; raises StartError with the program's last words when nobody will."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.3):
            return
        if process.poll() is not None:
            raise StartError(f"{name} ended with exit code {process.returncode}: {last_words(directory, name)}")
        time.sleep(0.05)
    raise StartError(f"{name} does not listen on port {port}: {last_words(directory, name)}")


def wait_for_text(path: Path, text: str, process: subprocess.Popen[bytes], name: str, limit_s: float = 20) -> None:
    """Returns when the text stands in the file."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if path.exists() and text in path.read_text(errors="replace"):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise StartError(f"{name} did not say {text!r}: {last_words(path.parent, name)}")


def last_words(directory: Path, name: str) -> str:
    """The last line that the program printed, errors first."""
    for ending in ("err", "out"):
        path = directory / f"{name}.{ending}"
        lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
        if lines:
            return lines[-1][:200]
    return "it said nothing"
