"""Captures as a person names them on a command line: by number, id or `last` from the store, or as a capture file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from hookscope.commands.captures import open_captures
from hookscope.config.regular_file import MAX_CAPTURE_BYTES, read_regular
from hookscope.config.settings import Settings
from hookscope.model.capture import Capture
from hookscope.model.capture_file import loads
from hookscope.store.captures import CaptureStore

# A number, or the beginning of an id.
CAPTURE_NAME = re.compile(r"[0-9][0-9A-Za-z]{0,25}")
# Such as `path:/c`; the letter of a drive is no key.
FILTER_TERM = re.compile(r"-?[a-z]{2,}:(?!//)")


def find_captures(settings: Settings, names: Sequence[str]) -> list[Capture]:
    """The captures of these names, in order; `-` is a capture file on standard input.

    The store is opened only where it is needed.

    Raises `NoSuchCapture`, and `InputError` for a file that is none of ours.
    """
    with ExitStack() as stack:
        store: CaptureStore | None = None
        found = []
        for name in names:
            if is_file(name):
                found.append(loads(_read(name), name))
                continue
            if store is None:
                store = stack.enter_context(open_captures(settings))
            found.append(store.find(name))
        return found


def is_file(name: str) -> bool:
    """Whether a name means a file or a folder.

    A number or `last` always means a capture; write ./12 for a file of that name. A term of the filter language means a
    file only where that is there.
    """
    if name == "-":
        return True
    if name == "last" or name.isdigit():
        return False
    try:
        return ("/" in name and not FILTER_TERM.match(name)) or name.endswith(".json") or Path(name).exists()
    except (OSError, ValueError):
        return False


def names_capture(name: str) -> bool:
    """Whether a name means a capture in the store and can mean no file: a number, `last`, or the beginning of an id
    with no file of its name. A filter's term is looked up there too, which says where it belongs."""
    return not is_file(name) and (name == "last" or bool(CAPTURE_NAME.fullmatch(name)) or bool(FILTER_TERM.match(name)))


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    return read_regular(Path(name), MAX_CAPTURE_BYTES, "name a capture, or a capture file")
