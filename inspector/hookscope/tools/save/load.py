"""Reads fixtures: for each file its capture, or why there is none,
so that a bad file does not keep the others from running.

Only JSON is read, and only of the form `hookscope/1`; nothing in a file is ever run or followed.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hookscope.config.regular_file import MAX_CAPTURE_BYTES, read_regular
from hookscope.model.capture import Capture
from hookscope.model.capture_file import loads
from hookscope_relay.errors import HookscopeError, InputError

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BREAK = re.compile(r"[\r\n\x00]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A fixture file: exactly one of `capture` and `error` is there."""

    path: Path
    capture: Capture | None = None
    error: HookscopeError | None = None


def load_fixtures(patterns: Iterable[str | Path], root: Path | None = None) -> tuple[Loaded, ...]:
    """The fixtures that paths, directories and patterns (`tests/fixtures/**/*.json`) name,
    relative to `root` (else to here).

    In the order of the patterns, each one's files by name; a file that several name comes once. What names no file
    gives an error.
    """
    found: dict[Path, Loaded] = {}
    for pattern in patterns:
        for path in _paths(str(pattern), root or Path()):
            if path not in found:
                found[path] = _load(path)
    return tuple(found.values())


def load_fixture(path: Path) -> Capture:
    """The capture of one file; `InputError` names the file, the place and the remedy."""
    capture = loads(_read(path), str(path))
    delivery = capture.delivery
    if not _METHOD.fullmatch(delivery.method):
        raise _wrong(path, "delivery.method", "an HTTP method")
    if _BREAK.search(delivery.target):
        raise _wrong(path, "delivery.target", "without line breaks")
    for index, pair in enumerate(delivery.headers):
        if any(_BREAK.search(text) for text in pair):
            raise _wrong(path, f"delivery.headers[{index}]", "without line breaks")
    return capture


def _wrong(path: Path, place: str, wanted: str) -> InputError:
    return InputError(f"{path}: {place} must be {wanted}", "correct it or save the capture again")


def _load(path: Path) -> Loaded:
    try:
        return Loaded(path, capture=load_fixture(path))
    except HookscopeError as error:
        return Loaded(path, error=error)


def _paths(pattern: str, root: Path) -> Iterator[Path]:
    path = root / pattern
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*.json") if not file.name.startswith("."))
        yield from inside or (path,)
    elif path.exists() or not glob.has_magic(pattern):
        yield path
    else:
        matches = sorted(root / match for match in glob.glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207  # takes absolute patterns, too
        files = [match for match in matches if not match.is_dir()]
        yield from files or (path,)


def _read(path: Path) -> bytes:
    remedy = "name a fixture as `hookscope save` writes it"
    if glob.has_magic(str(path)) and not path.exists():
        raise InputError(f"{path} fits no file", remedy)
    if path.is_dir():
        raise InputError(f"{path} has no .json file in it", remedy)
    return read_regular(path, MAX_CAPTURE_BYTES, remedy)
