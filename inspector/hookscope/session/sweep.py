"""Removes the folders of doors whose process was killed: it could not do so itself."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import tempfile
import time
from pathlib import Path

PREFIX = "hookscope-"
DOOR = "door"
# A door is there a moment before anybody hears who knocks.
SURE_AFTER_S = 60.0


def sweep(directory: Path | None = None) -> int:
    """Remove what killed sessions of this user left in the directory of temporary files; how many folders.

    Only a folder that is the user's own, that nobody else may enter, that holds a door and nothing else, and where
    nobody opens.
    """
    here = directory or Path(tempfile.gettempdir())
    swept = 0
    with contextlib.suppress(OSError):
        for folder in here.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                if _is_left(folder):
                    (folder / DOOR).unlink()
                    folder.rmdir()
                    swept += 1
    return swept


def _is_left(folder: Path) -> bool:
    about = folder.lstat()
    is_own = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077
    if not is_own or os.listdir(folder) != [DOOR]:  # noqa: PTH208 - names are enough
        return False
    door = (folder / DOOR).lstat()
    is_old = time.time() - door.st_mtime > SURE_AFTER_S
    return stat.S_ISSOCK(door.st_mode) and is_old and _is_refused(folder / DOOR)


def _is_refused(door: Path) -> bool:
    """Whether nobody listens there. A process that is stopped (Ctrl-Z) still does."""
    with socket.socket(socket.AF_UNIX) as knock:
        knock.setblocking(False)
        return knock.connect_ex(str(door)) == errno.ECONNREFUSED
