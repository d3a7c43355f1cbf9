"""When each of a row of deliveries is due: at a rate, or at the distances at which they came."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope_relay.errors import InputError

UNITS_S = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:/([a-z]*))?")


def parse_rate(text: str) -> float:
    """Deliveries a second from `3/s`, `90/min`, `0.5`; InputError for anything else."""
    match = RATE.fullmatch(text.strip().lower())
    unit = UNITS_S.get(match[2] or "") if match else None
    if match is None or unit is None or not float(match[1]) > 0:
        raise InputError(f"{text!r} is not a rate", "write it as 3/s or 90/min")
    return float(match[1]) / unit


def due_times(
    received_at: Sequence[float], *, rate: float | None = None, keep_timing: bool = False
) -> tuple[float, ...]:
    """Seconds from the start at which each is due: as they came (never earlier than the one before), at a rate, or all at once."""
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
