"""How long something is, for people."""

from __future__ import annotations

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
# Seconds and name of a unit, and of the one below it.
UNITS = ((DAY_S, "d", HOUR_S, "h"), (HOUR_S, "h", MINUTE_S, "min"), (MINUTE_S, "min", 1.0, "s"))


def render_span(seconds: float) -> str:
    """A time in one or two units, such as `45 s`, `1 min 30 s`, `2 h 5 min`; what is short is never nothing."""
    if seconds < 1:
        return f"{max(seconds * 1000, 1):.0f} ms"
    if seconds < MINUTE_S:
        return f"{seconds:.3g} s"
    # A round number of the unit below decides: 59 min 59.7 s are 1 h.
    unit, name, below, part = next(row for row in UNITS if round(seconds / row[2]) * row[2] >= row[0])
    whole = round(seconds / below) * below
    rest = round(whole % unit / below)
    return f"{whole // unit:.0f} {name}" + (f" {rest} {part}" if rest else "")
