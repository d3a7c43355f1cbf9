"""Writes fixtures below a directory, and never outside of it.

A file is there whole or not at all. One that is there already is left alone where it says the same, and replaced only
when that is asked for. A link in the place of a folder or of a file is refused: it could lead anywhere.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from hookscope.model.call import Call
from hookscope.model.call_file import to_values
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.model.errors import RefusedForSafety
from hookscope.model.verdict import Recognition
from hookscope.tools.save.names import folder_of, names_of
from hookscope_relay.errors import CannotWrite, InputError

# What names may not hold on Windows, where nobody could check the repository out.
UNPORTABLE = frozenset(':*?"<>|')
State: TypeAlias = Literal["written", "unchanged", "replaced"]


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a fixture is, and what was done for it."""

    path: Path
    state: State


class _Id(msgspec.Struct):
    id: str = ""


class _Head(msgspec.Struct):
    delivery: _Id


_HEAD = msgspec.json.Decoder(_Head)


def unportable(path: Path) -> str:
    """The first character of a path that git for Windows refuses in a name; empty where there is none."""
    named = "/".join(part for part in path.parts if part != path.anchor)
    return next((letter for letter in named if letter in UNPORTABLE), "")


class FixtureDirectory:
    """A directory of fixtures, made when the first is saved."""

    def __init__(self, root: Path, *, force: bool = False) -> None:
        """InputError for a name that other systems cannot check out."""
        if flaw := unportable(root):
            raise InputError(f"the directory {str(root)[:80]!r} has a {flaw} in its name", "name another one")
        self.root = root
        self._force = force
        self._folders: set[Path] = set()

    def save(self, fixture: Capture, recognition: Recognition, calls: Sequence[Call] = ()) -> Saved:
        """Write the fixture, with the calls that it caused, under the first name that is free or its own.

        Raises `CannotWrite` (another content is there, disk full, no permission) and `RefusedForSafety` (a link).
        """
        folder = self._folder(folder_of(fixture))
        content = dumps(fixture, **({"calls": to_values(calls)} if calls else {})).encode("utf-8")
        for name in names_of(fixture, recognition):
            path = folder / name
            held = _read(path)
            if held is None:
                _write(path, content)
                return Saved(path, "written")
            if held == content:
                return Saved(path, "unchanged")
            if _id_of(held) == fixture.delivery.id:
                self._check_force(path)
                _write(path, content)
                return Saved(path, "replaced")
        raise CannotWrite(f"{folder} has a file of every name for this delivery", "save into another directory")

    def _check_force(self, path: Path) -> None:
        if not self._force:
            raise CannotWrite(
                f"{path} holds this delivery with another content", "give --force to replace it, or another directory"
            )

    def _folder(self, name: str) -> Path:
        path = self.root / name
        if path in self._folders:
            return path
        with _told(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                path.mkdir()
            mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise RefusedForSafety(f"{path} is a link, and may lead out of {self.root}", "remove it")
        if not stat.S_ISDIR(mode):
            raise CannotWrite(f"{path} is not a directory", "move it away, or save into another directory")
        self._folders.add(path)
        return path


def _read(path: Path) -> bytes | None:
    """What is in the file; None where there is none."""
    with _told(path):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISREG(mode):
            return path.read_bytes()
    if stat.S_ISLNK(mode):
        raise RefusedForSafety(f"{path} is a link, and may lead anywhere", "remove it")
    raise CannotWrite(f"{path} is not a file", "move it away, or save into another directory")


def _id_of(content: bytes) -> str | None:
    """The id of the delivery in a fixture's text; None where it is no fixture."""
    try:
        return _HEAD.decode(content).delivery.id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with _told(path):
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotWrite(f"{path} cannot be written: {reason}", "free space, or correct its permissions") from None
