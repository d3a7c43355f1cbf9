"""A disk of a program's own that can be filled up and given room again, without being root.

In a namespace where mounting is allowed it is a small tmpfs; elsewhere a limit on the size of the program's files,
which fails a write in the same places with another errno.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from torture.processes import WITHIN_S, Program

MIB = 1024 * 1024
BLOCKS = (bytes(MIB), bytes(4096))
# What runs a command where it may mount; what it mounts goes with it.
MAY_MOUNT = ("unshare", "-Urm")
TMPFS = ("mount", "-t", "tmpfs", "tmpfs", "-o")


def can_mount() -> bool:
    """Whether this user may mount a tmpfs in a namespace of its own."""
    if not shutil.which("unshare"):
        return False
    command = [*MAY_MOUNT, *TMPFS, "size=1m", "/mnt"]
    return subprocess.run(command, capture_output=True, timeout=WITHIN_S).returncode == 0


class TinyDisk:
    """A tmpfs of so many bytes at `directory`, with what was there; for a process that was started by `MAY_MOUNT`."""

    name = "tmpfs"

    def __init__(self, directory: Path, size: int) -> None:
        self.directory = directory
        self.size = size

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        was = self.directory.with_name(f"{self.directory.name}-was")
        shutil.copytree(self.directory, was)
        subprocess.run([*TMPFS, f"size={self.size},mode=700", str(self.directory)], check=True, timeout=WITHIN_S)
        shutil.copytree(was, self.directory, dirs_exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run(["umount", str(self.directory)], check=True, timeout=WITHIN_S)

    def fill(self, _: Program) -> None:
        """Leave no room."""
        with (self.directory / "ballast").open("ab", buffering=0) as ballast:
            for block in BLOCKS:
                with contextlib.suppress(OSError):
                    while ballast.write(block):
                        pass

    def make_room(self, _: Program) -> None:
        """Give the room back."""
        (self.directory / "ballast").unlink()


class FileLimit:
    """As `TinyDisk`, by a limit on how large the program's files may become; it falls with the process."""

    name = "file-limit"

    def __init__(self, directory: Path, _: int) -> None:
        self.directory = directory

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        pass

    def fill(self, program: Program) -> None:
        """No file may grow beyond the largest that there is."""
        sizes = [file.stat().st_size for file in self.directory.glob("*.db*") if not file.name.endswith("-shm")]
        self._limit(program, max(sizes))

    def make_room(self, program: Program) -> None:
        """Files may grow again."""
        self._limit(program, resource.RLIM_INFINITY)

    def _limit(self, program: Program, size: int) -> None:
        # A process that has ended has taken its limit with it.
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
