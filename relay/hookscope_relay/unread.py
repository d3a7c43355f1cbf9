"""What came of bodies and nobody has taken in yet, over all connections of one listener.

A reader is stopped once its body has a part that waits, but each connection may have one, of as much as the system had
for it. Pure: it knows connections by what they can do.
"""

from __future__ import annotations

from typing import Protocol

from hookscope_relay.limits import RETRY_BUSY_S, Refusal


class Source(Protocol):
    """A connection, as far as this room knows it."""

    def unread(self) -> int:
        """How many bytes of a body came and are not taken in."""

    def refuse_body(self) -> None:
        """Drop what came of the body, and what will; its reader hears of it."""


class TooMuchUnread(Refusal):
    """Why such a body is refused."""

    def __init__(self) -> None:
        super().__init__("relay-busy", limit="max-unread", retry_after_s=RETRY_BUSY_S)


class Unread:
    """At most `most` bytes; where bodies have more together, the one goes of which most waits."""

    def __init__(self, most: int) -> None:
        self._most = most
        # As far as was heard: what was taken in since is not known until it is asked for.
        self._sizes: dict[Source, int] = {}
        self.bytes = 0

    def grow(self, source: Source) -> None:
        """More of its body came."""
        self._note(source)
        if self.bytes > self._most:
            for one in tuple(self._sizes):
                self._note(one)
        while self.bytes > self._most:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            self.end(largest)
            largest.refuse_body()

    def end(self, source: Source) -> None:
        """The connection ended; once or more often."""
        self.bytes -= self._sizes.pop(source, 0)

    def _note(self, source: Source) -> None:
        self.end(source)
        if size := source.unread():
            self._sizes[source] = size
            self.bytes += size
