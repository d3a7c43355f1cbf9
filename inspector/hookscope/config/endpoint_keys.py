"""Endpoint keys on disk, one file each, and the lock that keeps two sessions off one endpoint."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

from hookscope.config.private_folder import make_private
from hookscope.config.words import ENDPOINT_NAME
from hookscope_relay.errors import AlreadyInUse, CannotWrite, DamagedFile, InputError
from hookscope_relay.keys.endpoint_key import EndpointKey, KeyRing, dumps, loads

SUFFIX = ".key"
# What the systems say of a lock that another process holds; anything else is a file system without locks.
HELD = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})


def key_path(directory: Path, name: str) -> Path:
    """The file of an endpoint's key; `InputError` for a name that is no plain word."""
    if not ENDPOINT_NAME.fullmatch(name):
        raise InputError(f"{name!r} is not an endpoint's name", "use letters, digits, dot, dash and underscore")
    return directory / (name + SUFFIX)


def load(directory: Path, name: str) -> KeyRing | None:
    """The keys of a named endpoint; None where there are none,
    `DamagedFile` where they are damaged or open to others."""
    path = key_path(directory, name)
    try:
        _check_private(path)
        return loads(path.read_text("utf-8", errors="replace"), str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}", "correct its permissions") from None


def load_or_make(directory: Path, name: str) -> KeyRing:
    """The keys of a named endpoint, made if there are none."""
    return load(directory, name) or make(directory, name)


def make(directory: Path, name: str) -> KeyRing:
    """Make an endpoint and write its key; `AlreadyInUse` where there is one of that name."""
    ring = KeyRing(EndpointKey(os.urandom(32)))
    write(directory, name, ring)
    return ring


def rotate(directory: Path, name: str) -> KeyRing:
    """Give a named endpoint, which must be there, a new key; `AlreadyInUse` while a session runs on it."""
    with EndpointLock(directory, name):
        ring = load(directory, name)
        if ring is None:
            raise InputError(f"there is no endpoint {name!r}", f"make it with `hookscope endpoint make {name}`")
        rotated = ring.rotated(os.urandom(32))
        write(directory, name, rotated, replace=True)
    return rotated


def take_over(directory: Path, name: str, ring: KeyRing) -> None:
    """Write keys that came from elsewhere; they replace what is there only where they are the same endpoint's,
    rotated further."""
    known = load(directory, name)
    write(directory, name, ring, replace=known is not None and ring.is_newer_than(known))


def write(directory: Path, name: str, ring: KeyRing, *, replace: bool = False) -> None:
    """Write a key file that only its owner can read; it is there whole, or not at all."""
    path = key_path(directory, name)
    if path.exists() and not replace:
        raise AlreadyInUse(
            f"there is an endpoint {name!r} already ({path})", "choose another name, or move the file away"
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_private(directory)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(dumps(ring))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CannotWrite(
            f"{directory} cannot be written: {error.strerror}",
            "make room, correct its permissions, or set HOOKSCOPE_HOME",
        ) from None


def names(directory: Path) -> list[str]:
    """The names of all endpoints here, in alphabetical order."""
    if not directory.is_dir():
        return []
    return sorted(path.name.removesuffix(SUFFIX) for path in directory.iterdir() if path.suffix == SUFFIX)


class EndpointLock:
    """Held while a session runs on an endpoint; the system lets go of it when the process ends, however it ends."""

    def __init__(self, directory: Path, name: str) -> None:
        self._path = key_path(directory, name).with_suffix(".lock")
        self._name = name
        self._file: IO[str] | None = None

    def __enter__(self) -> EndpointLock:
        try:
            make_private(self._path.parent)
            self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600), "w")
        except OSError as error:
            raise CannotWrite(
                f"{self._path.parent} cannot be written: {error.strerror}",
                "make room, correct its permissions, or set HOOKSCOPE_HOME",
            ) from None
        try:
            _lock(self._file)
        except OSError as error:
            self._file.close()
            if error.errno not in HELD:
                raise CannotWrite(
                    f"{self._path} cannot be locked: {error.strerror}", "set HOOKSCOPE_HOME to a local disk"
                ) from None
            raise AlreadyInUse(
                f"another `hookscope listen` runs on the endpoint {self._name!r}",
                "end it, or choose another with --endpoint",
            ) from None
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            self._file.close()


def _check_private(path: Path) -> None:
    """A key that others can read is not a secret any more; Windows has no such mode bits."""
    mode = path.stat().st_mode
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise DamagedFile(f"{path} can be read by others", f"run: chmod 600 {path}")


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
