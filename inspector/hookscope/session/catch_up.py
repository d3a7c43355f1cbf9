"""What came while nobody listened: which of a connection's deliveries those are, and the words for how many and since when."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from hookscope.tunnel.frames import Arrival
from hookscope_relay.wire import Welcome


@dataclass(slots=True)
class CatchingUp:
    """From a Welcome on, until the reader is where the log ended at that moment."""

    _until: int | None = None
    _came: list[str] = field(default_factory=list)

    @property
    def is_under_way(self) -> bool:
        """Whether deliveries from before the Welcome are still to come."""
        return self._until is not None

    def begin(self, welcome: Welcome) -> None:
        """Begin anew with a connection."""
        self._until = welcome.newest if welcome.newest > welcome.after else None

    def note(self, arrival: Arrival) -> None:
        """Count an arrival that nobody waits for."""
        if self._until is not None and not arrival.left_ms:
            self._came.append(arrival.id)

    def reach(self, seq: int) -> bool:
        """Note that the reader is at that seq; whether it has caught up by this."""
        if self._until is None or seq < self._until:
            return False
        self._until = None
        return True

    def take(self) -> list[str]:
        """The ids of what came meanwhile, in order, since they were last taken."""
        came, self._came = self._came, []
        return came


def came_while_away(count: int, since: float) -> str:
    """So many deliveries, and since when (Unix seconds), in local time."""
    came = "delivery that came" if count == 1 else "deliveries that came"
    return f"{count} {came} while you were away, since {time.strftime('%Y-%m-%d %H:%M', time.localtime(since))}"
