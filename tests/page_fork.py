"""Starts Python programs as processes of their own, quickly: what they import is loaded once, and each is forked off.

Run as a program: it reads a JSON object a line (`argv`, `cwd`, `environ`, `output`) and prints the process id of each. A child writes
its exit code to `output` + ".code" as it ends.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any

PRELOAD = (
    "hookscope.cli",
    "hookscope.apps.listen",
    "hookscope_relay.app",
    "hookscope.session.build",
    "sqlite3",
    "flask",
    "werkzeug.serving",
)


def serve() -> None:
    for name in PRELOAD:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if not child:
            _become(wanted)
        print(child, flush=True)


def _become(wanted: dict[str, Any]) -> None:
    """The rest of the life of a child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    out = os.open(wanted["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(ours, theirs)
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["environ"])
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout.reconfigure(line_buffering=True, encoding="utf-8")
    code = _run(wanted["argv"])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    written = Path(wanted["output"] + ".written")
    written.write_text(str(code), "utf-8")
    written.rename(wanted["output"] + ".code")
    os._exit(code)


def _run(argv: list[str]) -> int:
    """Run `hookscope …`, `python FILE …` or `python -m MODULE …`, and return the exit code."""
    program, *rest = argv
    try:
        if program == "hookscope":
            from hookscope.cli import main

            sys.argv = argv
            return main(rest)
        sys.path[0] = os.getcwd() if rest[0] == "-m" else str(Path(rest[0]).resolve().parent)  # noqa: PTH109
        if rest[0] == "-m":
            sys.argv = rest[1:]
            runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = rest
            runpy.run_path(rest[0], run_name="__main__")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        return 130
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve()
