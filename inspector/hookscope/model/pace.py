"""How fast and how often a handler is given deliveries."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `rate` deliveries a second and `concurrency` at a time, None for no bound;
    up to `retry` attempts more at one while the handler is down or asks to wait."""

    rate: float | None = None
    concurrency: int | None = None
    retry: int = 0

    def __bool__(self) -> bool:
        return self != UNBOUND


UNBOUND = Pace()
