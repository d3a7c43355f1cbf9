"""Whether what is printed has colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def wants_colour(environ: Mapping[str, str], *streams: TextIO) -> bool:
    """Whether streams want colour: where NO_COLOR is set none does (no-color.org), where FORCE_COLOR is each does
    (force-color.org), else those that are terminals and not dumb ones."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return environ.get("TERM") != "dumb" and all(stream.isatty() for stream in streams)
