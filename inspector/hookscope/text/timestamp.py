"""Instants as people and files write them: ISO 8601, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from hookscope_relay.delivery import MAX_TIME

# The first second of the year 1.
MIN_TIME = -62_135_596_800.0


def sound_time(at: float) -> float:
    """Epoch seconds that a calendar has: of a number beyond its ends the nearest, of no number the beginning."""
    return min(max(at, MIN_TIME), MAX_TIME) if at == at else 0.0  # noqa: PLR0124  # NaN differs from itself


def render_time(at: float) -> str:
    """Epoch seconds as ISO 8601 in UTC with milliseconds and a Z;
    the nearest that can be written for what is beyond any calendar."""
    return datetime.fromtimestamp(sound_time(at), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> float:
    """Epoch seconds of an ISO 8601 instant; one without a zone is taken as UTC. ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
