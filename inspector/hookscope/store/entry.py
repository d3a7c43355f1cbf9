"""What a session appends to its store, as values: a delivery with its first attempt, on its way; a group of them; and
what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from hookscope.model.capture import Attempt, Origin
from hookscope.model.verdict import Recognition
from hookscope.store.inserts import LogPlace
from hookscope_relay.delivery import Delivery


class Settling(msgspec.Struct, frozen=True, gc=False):
    """How a sender's wait ended."""

    delivery_id: str
    how: str
    status: int | None
    by: str
    waited_ms: float


@dataclass(slots=True, eq=False)
class Copy:
    """One more attempt at a delivery on its way into the store, at another handler: as it is noted beforehand,
    then as it ended."""

    number: int
    attempt: Attempt
    is_ended_kept: bool = False
    is_on_its_way: bool = False


class Entry(msgspec.Struct, eq=False, kw_only=True):
    """A delivery on its way into the store, and the first attempt at it. `number` is 0 until it is held; `is_new` says
    that it was not held before.

    `kept_back` says why its path keeps it from the handler, `withheld` why it goes nowhere for another reason; `held`
    is the route at whose handler it waits for its turn (None: it does not wait), `held_copies` are those where a copy
    waits. `is_probe` is true of our own probe: the cursor passes it, and it is not held. `attempt` is as it is noted
    beforehand, then as it ended; `copies` are for handlers beside. `recognition` is made when the row is, where it was
    not needed before. `told` is the status that its sender had of us before its attempt ended (0: none). `settling` is
    how its sender's wait ended, where that is known before its row is written; `since` the loop's time at which it
    came.
    """

    delivery: Delivery
    place: LogPlace
    origin: Origin
    owed: bool = False
    attempt: Attempt | None = None
    recognition: Recognition | None = None
    number: int = 0
    is_new: bool = True
    is_ended_kept: bool = False
    kept_back: str = ""
    withheld: str = ""
    held: str | None = None
    held_copies: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    expects_copies: bool = False
    is_probe: bool = False
    told: int = 0
    settling: Settling | None = None
    since: float = 0.0

    @property
    def holds(self) -> list[tuple[str, bool]]:
        """What waits for a turn: by its route, and whether it is a copy."""
        own = [] if self.held is None else [(self.held, False)]
        return [*own, *((route, True) for route in self.held_copies)]

    @property
    def is_missed(self) -> bool:
        """Whether its sender had an answer, or a 504, without us."""
        return self.origin == "backlog" and not self.owed

    @property
    def has_ended(self) -> bool:
        """Whether what came of the attempt is known."""
        return self.attempt is not None and is_end(self.attempt)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come of it: its attempts have ended, or it has none."""
        if self.expects_copies or (self.copies and not all(is_end(copy.attempt) for copy in self.copies)):
            return False
        return self.attempt is None or is_end(self.attempt)


@dataclass(slots=True)
class Group:
    """What one transaction writes: deliveries, ends of attempts and copies at such as are held already, and how senders
    of such waited."""

    entries: list[Entry] = field(default_factory=list)
    ended: list[Entry] = field(default_factory=list)
    settled: list[Settling] = field(default_factory=list)
    copied: list[tuple[Entry, Copy]] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """About how many bytes it writes."""
        return sum(len(entry.delivery.body) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Appended:
    """What a transaction wrote: each delivery with its number and whether it is new, whose attempt has its end in the
    store, how senders' waits ended, and which copies have their end there."""

    numbers: Sequence[tuple[Entry, int, bool]]
    ended: Sequence[Entry]
    settled: Sequence[Settling] = ()
    copied: Sequence[tuple[Entry, Copy]] = ()

    def note(self) -> None:
        """Say so in the entries, now that it is durable."""
        for entry, number, is_new in self.numbers:
            entry.number, entry.is_new = number, is_new
        for entry in self.ended:
            entry.is_ended_kept = True
        for _, copy in self.copied:
            copy.is_ended_kept = True


def is_end(attempt: Attempt) -> bool:
    """Whether what came of the attempt is known."""
    return attempt.answer is not None or attempt.failure is not None
