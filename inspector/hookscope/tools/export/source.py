"""What goes into an export and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookscope.model.capture import Capture
from hookscope.model.stream_note import tell_broken

NO_TRAILERS = "what came behind the body (trailers) is left out: its clients have no way to send that"


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


def tell_endings(sources: Sequence[Source]) -> tuple[str, ...]:
    """What of the captures' ends no export carries, a sentence each."""
    deliveries = [source.capture.delivery for source in sources]
    broken = [tell_broken(one.broken, len(one.body)) for one in deliveries if one.broken]
    return (*((NO_TRAILERS,) if any(one.trailers for one in deliveries) else ()), *dict.fromkeys(broken))
