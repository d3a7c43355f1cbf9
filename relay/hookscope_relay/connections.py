"""The connections of one listener, and what strangers may hold with them: so many in all and of one address, so many
bytes of heads that do not end.

Pure: it knows connections by what they can do. Where all places are taken, whoever has been without a request longest
makes room; where heads hold too much, the head that began first does. So senders that send do not wait for those that
only hold on.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import Protocol

from hookscope_relay.hosts import is_trusted
from hookscope_relay.limits import address_group
from hookscope_relay.settings import Limits


class Held(Protocol):
    """A connection, as far as this room knows it."""

    def evict(self, problem: str, limit: str) -> None:
        """Give the connection up: told the problem where a request has begun, without a word where none has."""


class Connections:
    """Who is connected. `enter` and `leave` frame a connection's life; the rest says what it is doing.

    A `trusted` proxy speaks for many, so what holds for one address does not hold for it.
    """

    def __init__(self, limits: Limits, trusted: Sequence[str] = ()) -> None:
        self._limits = limits
        self._trusted = trusted
        self._groups: dict[Held, str] = {}
        self._counts: Counter[str] = Counter()
        # In the order in which they fell idle, or their head began.
        self._idle: OrderedDict[Held, None] = OrderedDict()
        self._heads: OrderedDict[Held, int] = OrderedDict()
        self.head_bytes = 0

    def __len__(self) -> int:
        return len(self._groups)

    def enter(self, connection: Held, address: str) -> str:
        """Let a connection in, in the place of another where need be; or the limit that it would break."""
        group = address_group(address)
        one_of_many = self._counts[group] >= self._limits.address_connections and not is_trusted(address, self._trusted)
        if one_of_many and not self._make_room(group, "max-connections-address"):
            return "max-connections-address"
        if len(self._groups) >= self._limits.connections and not self._make_room("", "max-connections"):
            return "max-connections"
        self._groups[connection] = group
        self._counts[group] += 1
        self._idle[connection] = None
        return ""

    def leave(self, connection: Held) -> None:
        """The connection ended; once or more often."""
        group = self._groups.pop(connection, None)
        if group is None:
            return
        self._counts[group] -= 1
        if not self._counts[group]:
            del self._counts[group]
        self._idle.pop(connection, None)
        self.end_head(connection)

    def note_idle(self, connection: Held) -> None:
        """It waits for its next request."""
        if connection in self._groups:
            self._idle.pop(connection, None)
            self._idle[connection] = None

    def note_busy(self, connection: Held) -> None:
        """It has a request in hand: it is not given up for another."""
        self._idle.pop(connection, None)

    def grow_head(self, connection: Held, size: int) -> None:
        """So many more bytes of a head came; the heads that began first are given up until all hold no more than
        they may."""
        if connection not in self._groups:
            return
        self._heads[connection] = self._heads.get(connection, 0) + size
        self.head_bytes += size
        while self.head_bytes > self._limits.heads_bytes:
            first = next(iter(self._heads))
            self.end_head(first)
            first.evict("relay-busy", "max-heads")

    def end_head(self, connection: Held) -> None:
        """The head ended, however that came."""
        self.head_bytes -= self._heads.pop(connection, 0)

    def _make_room(self, group: str, limit: str) -> bool:
        """Give up who has been without a whole request longest, of that address or of any."""
        for candidate in self._idle:
            if not group or self._groups[candidate] == group:
                self.leave(candidate)
                candidate.evict("relay-busy", limit)
                return True
        return False
