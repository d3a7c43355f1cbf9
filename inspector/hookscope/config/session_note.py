"""What a session says of itself to a second one on this machine and to a replay: a file beside its endpoint's lock.

Who runs is said only while the lock is held. The routes count for replays until the next session begins.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import msgspec

from hookscope.config.endpoint_keys import EndpointLock, key_path
from hookscope_relay.errors import AlreadyInUse, HookscopeError

SUFFIX = ".session"
MAX_BYTES = 16 * 1024


class SessionNote(msgspec.Struct, frozen=True, kw_only=True):
    """A session: its process, the endpoint's URL, the handler's (empty: none), and the relay's; the endpoint's id, its
    routes as the tables of a configuration file, the handler of what none of them takes, and the transform with the
    folder of its module. `door` is the address at which it lets others in, to those of the same `version`."""

    pid: int
    url: str
    handler: str
    relay: str
    endpoint: str = ""
    routes: tuple[dict[str, Any], ...] = ()
    rest: str = ""
    transform: str = ""
    transform_folder: str = ""
    door: str = ""
    version: str = ""


class NoteFile:
    """The note of this process's session on a named endpoint, which it holds; what an earlier one left is gone.

    A folder that cannot be written goes without one.
    """

    def __init__(self, directory: Path, name: str, note: SessionNote | None = None) -> None:
        self._path = key_path(directory, name).with_suffix(SUFFIX)
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._note = note or SessionNote(pid=os.getpid(), url="", handler="", relay="")

    def opened(self, url: str, handler: str, relay: str) -> None:
        """The endpoint is open there."""
        self._write(msgspec.structs.replace(self._note, url=url, handler=handler, relay=relay))

    def lets_in(self, door: str, version: str) -> None:
        """Others of the same version are let in at that address."""
        self._write(msgspec.structs.replace(self._note, door=door, version=version))

    def switched(self, handler: str) -> None:
        """Deliveries go to another handler."""
        self._write(msgspec.structs.replace(self._note, handler=handler, rest=handler))

    def _write(self, note: SessionNote) -> None:
        self._note = note
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(note))
            temporary.replace(self._path)


def read_note(directory: Path, name: str) -> SessionNote | None:
    """The note of the session that holds a named endpoint; None where there is none yet, or none that can be read."""
    try:
        with key_path(directory, name).with_suffix(SUFFIX).open("rb") as file:
            return msgspec.json.decode(file.read(MAX_BYTES), type=SessionNote)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None


def find_note(directory: Path, endpoint: str) -> tuple[SessionNote, bool] | None:
    """The note of the session at the endpoint of an id, or of the last one there, and whether it runs."""
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        note = read_note(directory, path.stem)
        if note is not None and endpoint and note.endpoint == endpoint:
            return note, is_held(directory, path.stem)
    return None


def is_held(directory: Path, name: str) -> bool:
    """Whether a session runs on a named endpoint."""
    try:
        with EndpointLock(directory, name):
            return False
    except AlreadyInUse:
        return True
    except HookscopeError:
        return False
