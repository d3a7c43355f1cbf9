"""Where a program is that we start by its name: never in the folder that we are in, which may be a stranger's
repository."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path


def find_executable(name: str) -> str | None:
    """The file of a program, by the absolute folders of PATH; None where it is in none of them.

    `.` on the PATH, an empty entry of it, and the folder that Windows looks in unasked are passed over. A name with a
    folder in it is taken as it stands.
    """
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(folder).is_absolute()]
    found = shutil.which(name, path=os.pathsep.join(folders)) if folders or Path(name).name != name else None
    return found if found is None or Path(name).name != name or Path(found).is_absolute() else None


def located(command: Sequence[str]) -> list[str]:
    """The command with the file of its program; FileNotFoundError where `find_executable` finds none."""
    name, *words = command
    found = find_executable(name)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return [found, *words]
