"""Reads a file that somebody named: a regular one, and no more of it than was agreed.

A pipe would never end, a device never stop.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hookscope_relay.errors import InputError

# A capture file with a body of 25 MiB of which every character is escaped.
MAX_CAPTURE_BYTES = 256 << 20
MAX_SECRET_BYTES = 64 << 10


def read_regular(path: Path, most_bytes: int, remedy: str = "name another file") -> bytes:
    """The content of a regular file of at most so many bytes; `InputError` at once for anything else."""
    try:
        # Without O_NONBLOCK the opening of a pipe waits for its writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{path} is not a file", remedy)
            content = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path} cannot be read: {reason}", remedy) from None
    if len(content) > most_bytes:
        raise InputError(f"{path} is larger than {size_in_words(most_bytes)}", remedy)
    return content


def size_in_words(count: int) -> str:
    """A size as a person would say it."""
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
