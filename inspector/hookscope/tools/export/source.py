"""What goes into an export and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from hookscope.model.capture import Capture


@dataclass(frozen=True, slots=True)
class Source:
    """A capture, and the URL that the export sends it to; empty where it is to show what the sender sent."""

    capture: Capture
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The content of an export; further files by their path beside it; and what its client cannot carry exactly,
    a sentence each."""

    content: bytes
    files: tuple[tuple[str, bytes], ...] = ()
    notes: tuple[str, ...] = ()
