"""Writes a sender's bytes to standard output: exact into a pipe or a file, as pictures of themselves on a terminal."""

from __future__ import annotations

import sys

from hookscope.text.safe import safe_bytes


def write_exact(content: bytes) -> None:
    """Write the bytes; on a terminal every one that would act there (clipboard, title, colours) is shown instead."""
    if sys.stdout.isatty():
        sys.stdout.write(safe_bytes(content, multiline=True))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
