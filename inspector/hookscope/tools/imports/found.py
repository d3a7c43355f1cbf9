"""What a reader of files finds: captures, entries that cannot be used, and what differs from what was on the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from hookscope.model.capture import Capture
from hookscope_relay.errors import InputError

# Gives the content of a file that an import names; raises `InputError` where it may not be read.
ReadFile: TypeAlias = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Found:
    """The captures in the order of the file; a problem for each entry that is left out; notes,
    each a sentence without a final stop."""

    captures: tuple[Capture, ...] = ()
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()


def gather(*parts: Found) -> Found:
    """All that was found, in order, each note once."""
    return Found(
        tuple(capture for part in parts for capture in part.captures),
        tuple(problem for part in parts for problem in part.problems),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def attempt(read: Callable[[], Found]) -> Found:
    """What an entry holds, or its problem."""
    try:
        return read()
    except InputError as problem:
        return Found(problems=(problem,))


def refuse_file(where: str) -> ReadFile:
    """A reader for imports that are not to open other files."""

    def refuse(file: str) -> bytes:
        raise InputError(
            f"{where} takes its body from the file {file[:100]!r}, which is not read unasked",
            "give --follow-files, or write the content in",
        )

    return refuse
