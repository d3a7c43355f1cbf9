"""A database that may only be read: a command that needs it says so in one sentence and ends with exit code 8."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hookscope.config.settings import Places
from hookscope.store.captures import CaptureStore
from hookscope_relay.log.sqlite import SqliteLog
from torture.figures import Figures
from torture.processes import WITHIN_S, Program

CANNOT_WRITE = 8
# Root may write everything, so it gives that up.
AS_ANYBODY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


def prefix() -> tuple[str, ...] | None:
    """What a command must be run by so that a file's mode holds for it; None where that cannot be had."""
    if os.geteuid() != 0:
        return ()
    if not shutil.which(AS_ANYBODY[0]):
        return None
    tried = subprocess.run([*AS_ANYBODY, "true"], capture_output=True, timeout=WITHIN_S)
    return AS_ANYBODY if tried.returncode == 0 else None


def the_file(database: Path) -> None:
    """Only the database itself cannot be written."""
    database.chmod(0o400)


def the_directory(database: Path) -> None:
    """Nothing can be made beside it."""
    database.parent.chmod(0o500)


def both(database: Path) -> None:
    """Neither."""
    the_file(database)
    the_directory(database)


def without_a_database(database: Path) -> None:
    """It was never made, and cannot be."""
    database.unlink()
    the_directory(database)


Spoil = Callable[[Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """How the databases of the relays and sessions that are started were spoilt."""

    relays: tuple[Spoil, ...]
    sessions: tuple[Spoil, ...]


QUICK = Starts(relays=(the_file,), sessions=())
LONG = Starts(relays=(the_file, the_directory, both, without_a_database), sessions=(the_file, without_a_database))


async def run(directory: Path, starts: Starts = LONG) -> Figures:
    """The scenario, in a directory that is empty; `prefix` must not be None."""
    figures = Figures("read-only")
    told = await asyncio.gather(
        *(_relay(directory / f"relay-{spoil.__name__}", spoil) for spoil in starts.relays),
        *(_listen(directory / f"listen-{spoil.__name__}", spoil) for spoil in starts.sessions),
    )
    figures.note(starts=len(told), told=sum(1 for name, complaint in told if not complaint))
    for name, complaint in told:
        figures.demand(f"{name}: {complaint}", not complaint)
    return figures


async def _relay(home: Path, spoil: Spoil) -> tuple[str, str]:
    home.mkdir()
    await (await SqliteLog.open(home / "relay.db")).close()
    return home.name, await _start(home, home / "relay.db", spoil, "relay", "--port", "0")


async def _listen(home: Path, spoil: Spoil) -> tuple[str, str]:
    home.mkdir()
    database = Places(config=home, data=home, state=home).captures
    CaptureStore.open(database).close()
    (home / "endpoints").mkdir(mode=0o700)
    return home.name, await _start(home, database, spoil, "listen", "--json", "--port", "0")


async def _start(home: Path, database: Path, spoil: Spoil, *arguments: str) -> str:
    """What is wrong with how the command ended; empty where all is well."""
    spoil(database)
    async with Program(home, *arguments, prefix=prefix() or ()) as program:
        await program.start()
        code = await program.ended()
    home.chmod(0o700)
    said = program.errors.read_text()
    if code != CANNOT_WRITE:
        return f"exit code {code}: {said}"
    lines = said.splitlines()
    if len(lines) != 1 or str(home) not in said or "; " not in said or "Traceback" in said:
        return f"not one sentence: {said}"
    return ""
