"""When each of a row of deliveries is due: at a rate, or at the distances at which they came."""

from __future__ import annotations

from collections.abc import Sequence


def due_times(
    received_at: Sequence[float], *, rate: float | None = None, keep_timing: bool = False
) -> tuple[float, ...]:
    """Seconds from the start at which each is due: as they came (never earlier than the one before), at a rate,
    or all at once."""
    if rate is not None:
        return tuple(index / rate for index in range(len(received_at)))
    if not keep_timing:
        return (0.0,) * len(received_at)
    latest = 0.0
    due = []
    for at in received_at:
        latest = max(latest, at - received_at[0])
        due.append(latest)
    return tuple(due)
