"""hookscope as on Windows, as far as another system can play it: `python windows_stand_in.py HOME`.

Modules that only POSIX has cannot be imported, `sys.platform` and `os.name` say Windows to our code, event loops take no signal handlers, and files
are locked as `msvcrt` does. Then every module is imported, and the demo is run.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import os
import pkgutil
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

ABSENT = frozenset(
    {
        "crypt",
        "curses",
        "fcntl",
        "grp",
        "nis",
        "pty",
        "pwd",
        "readline",
        "resource",
        "spwd",
        "syslog",
        "termios",
        "tty",
        "uvloop",
    }
)
NOT_THERE = frozenset(
    {
        "chown",
        "fchmod",
        "fork",
        "getegid",
        "geteuid",
        "getgid",
        "getpgid",
        "getuid",
        "killpg",
        "mkfifo",
        "setsid",
        "statvfs",
    }
)


class Missing(MetaPathFinder):
    """Finds no module that Windows does not have."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


class WindowsOs:
    """`os` without what only POSIX has."""

    name = "nt"

    def __getattr__(self, name: str) -> Any:  # whatever `os` has
        if name in NOT_THERE:
            raise AttributeError(f"module 'os' has no attribute {name!r}")
        return getattr(os, name)


def locking() -> ModuleType:
    """`msvcrt`, which lets one open file at a time hold a lock."""
    module = ModuleType("msvcrt")
    held: dict[tuple[int, int], int] = {}

    def lock(descriptor: int, mode: int, _: int) -> None:
        status = os.fstat(descriptor)
        file = (status.st_dev, status.st_ino)
        if held.get(file, descriptor) != descriptor:
            raise OSError(errno.EACCES, "Permission denied")
        held[file] = descriptor

    module.locking, module.LK_NBLCK = lock, 2  # type: ignore[attr-defined]
    return module


def no_handler(*_: object) -> NoReturn:
    raise NotImplementedError


def play_windows() -> None:
    """From here on our code finds what it would find there; what the libraries need is loaded before."""
    for name in (
        "aiohttp.web",
        "websockets.asyncio.client",
        "textual.app",
        "textual.widgets",
        "textual.pilot",
        "platformdirs.unix",
    ):
        importlib.import_module(name)
    for name in ("nats", "textual_serve.server"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in ABSENT:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Missing())
    sys.modules["msvcrt"] = locking()
    asyncio.SelectorEventLoop.add_signal_handler = no_handler  # type: ignore[method-assign, assignment]
    sys.platform = "win32"


def import_all() -> list[str]:
    """Every module of both packages, with the other `os` in the place of theirs."""
    import hookscope
    import hookscope_relay

    names = []
    for package in (hookscope, hookscope_relay):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.startswith(("hookscope.pytest_plugin", "hookscope.apps.mcp")):
                continue  # their libraries want a real system, and pytest and the agent's client load them
            try:
                module = importlib.import_module(found.name)
            except ModuleNotFoundError as error:
                if (error.name or "").partition(".")[0] in ABSENT | {"hookscope", "hookscope_relay"}:
                    raise
                continue  # an extra that is not installed here
            if getattr(module, "os", None) is os:
                module.os = WindowsOs()  # type: ignore[attr-defined]
            names.append(found.name)
    return names


def check_places(home: Path) -> None:
    """What differs there, one by one."""
    from hookscope.config.endpoint_keys import EndpointLock, load_or_make
    from hookscope.config.project import trouble
    from hookscope.tools.replay.outside_editor import editor_of
    from hookscope_relay.app import within_files
    from hookscope_relay.errors import AlreadyInUse
    from hookscope_relay.settings import Limits

    load_or_make(home, "default")
    with EndpointLock(home, "default"):
        try:
            with EndpointLock(home, "default"):
                raise AssertionError("two sessions hold one endpoint")
        except AlreadyInUse:
            pass
    assert trouble(home) == ""
    assert editor_of({"EDITOR": r"C:\Tools\edit.exe -w"}) == [r"C:\Tools\edit.exe", "-w"]
    limits = Limits()
    assert within_files(limits) is limits


if __name__ == "__main__":
    play_windows()
    print(len(import_all()), "modules", flush=True)
    check_places(Path(sys.argv[1]))
    from hookscope.cli import main

    code = main(["demo", "--plain"])
    assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None), "nothing stops a session there"
    sys.exit(code)
