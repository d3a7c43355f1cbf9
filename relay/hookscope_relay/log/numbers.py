"""Which seqs were given, and up to where they are reserved: a seq that left is never given again,
whatever becomes of its delivery.

A record may leave before it is kept. So that a relay which ends in between gives its number to no other, numbers are
reserved durably, a block at a time, before one of them leaves; after a crash they go on behind the block. A hole is
allowed, the same number twice is not.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK = 16_384


@dataclass(slots=True)
class Place:
    """One endpoint's numbers: the last one given, the last one reserved,
    and the one that the next record names as its predecessor.

    `kept` is the last record that is kept, `asked` is up to where a reservation was asked for, `hidden` how many
    records on their way may not be seen before they are kept.
    """

    given: int = 0
    reserved: int = 0
    last: int = 0
    kept: int = 0
    asked: int = 0
    hidden: int = 0

    def give(self) -> int:
        """The next number."""
        self.given += 1
        return self.given

    def wants(self) -> int:
        """Up to where numbers are to be reserved now; 0 where enough are."""
        if self.given + BLOCK // 2 <= self.asked:
            return 0
        self.asked = self.given + BLOCK
        return self.asked

    def reserve(self, until: int) -> None:
        """Numbers are reserved up to there."""
        self.reserved = max(self.reserved, until)

    def keep(self, seq: int) -> None:
        """The record of that number is kept."""
        self.kept = seq
        self.last = max(self.last, seq)

    def lose(self) -> None:
        """Records that were given numbers were not kept, nor what was reserved with them."""
        self.last = self.kept
        self.asked = self.reserved
