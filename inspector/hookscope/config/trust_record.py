"""Which project files the user allowed, and in which state: the digests that `hookscope trust` keeps."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from hookscope.config.regular_file import read_regular
from hookscope.config.toml_file import TomlFile
from hookscope_relay.errors import CannotWrite, DamagedFile, HookscopeError

FILE = "trusted.json"
MAX_BYTES = 1 << 20


def is_trusted(directory: Path, file: TomlFile) -> bool:
    """Whether the user allowed this file as it stands now; `directory` is the user's own configuration directory."""
    return file.path is not None and read_trusted(directory).get(_name(file.path)) == file.digest


def was_trusted(directory: Path, file: TomlFile) -> bool:
    """Whether the user allowed this file in this state or another."""
    return file.path is not None and _name(file.path) in read_trusted(directory)


def keep_trusted(directory: Path, file: TomlFile) -> None:
    """Allow the file as it stands now."""
    assert file.path is not None
    _write(directory, {**read_trusted(directory), _name(file.path): file.digest})


def forget_trusted(directory: Path, path: Path) -> bool:
    """Allow the file no longer; False where it was not allowed."""
    known = read_trusted(directory)
    if known.pop(_name(path), None) is None:
        return False
    _write(directory, known)
    return True


def read_trusted(directory: Path) -> dict[str, str]:
    """The digests by path; `DamagedFile` where the record is none of ours."""
    path = directory / FILE
    if not path.exists():
        return {}
    try:
        record = json.loads(read_regular(path, MAX_BYTES))
        if not isinstance(record, dict) or not all(isinstance(value, str) for value in record.values()):
            raise ValueError
    except (ValueError, RecursionError, HookscopeError):
        raise DamagedFile(
            f"{path} is no record of trusted files", "move it away and run `hookscope trust` again"
        ) from None
    return record


def _name(path: Path) -> str:
    return str(path.resolve())


def _write(directory: Path, record: dict[str, str]) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=directory, prefix=".trusted-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=1, sort_keys=True)
        Path(temporary).replace(directory / FILE)
    except OSError as error:
        raise CannotWrite(
            f"{directory} cannot be written: {error.strerror}",
            "make room, correct its permissions, or set HOOKSCOPE_HOME",
        ) from None
