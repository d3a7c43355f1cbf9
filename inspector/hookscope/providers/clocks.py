"""Reads a sender's timestamps and says whether one is within the scheme's bounds."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from hookscope.providers.provider import Scheme

SECONDS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
MILLISECOND_AGE = 1e11
NANOSECONDS = re.compile(r"(\.[0-9]{6})[0-9]+")


def read_time(text: str, unit: str = "") -> float | None:
    """Epoch seconds of a timestamp: a number in `s` or `ms`, or ISO 8601; without a unit its size decides.

    None where it is none.
    """
    if unit != "iso" and SECONDS.fullmatch(text):
        number = float(text)
        return number / 1000 if unit == "ms" or (not unit and abs(number) >= MILLISECOND_AGE) else number
    if unit in ("s", "ms"):
        return None
    try:
        moment = datetime.fromisoformat(NANOSECONDS.sub(r"\1", text[:64]))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def write_time(at: float, unit: str) -> str:
    """A timestamp as a scheme of that unit writes it."""
    if unit == "iso":
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(math.floor(at * 1000 if unit == "ms" else at))


def out_of_bounds(scheme: Scheme, timestamp: str, now: float) -> tuple[str, float]:
    """The reason why a timestamp is not accepted (`stale`, `from-the-future`, `malformed`; empty where it is),
    and its age in seconds."""
    if scheme.past_s is None and scheme.future_s is None:
        return "", 0.0
    at = read_time(timestamp, scheme.unit)
    if at is None:
        return "malformed", 0.0
    age = now - at
    if scheme.past_s is not None and age > scheme.past_s:
        return "stale", age
    if scheme.future_s is not None and -age > scheme.future_s:
        return "from-the-future", age
    return "", age
