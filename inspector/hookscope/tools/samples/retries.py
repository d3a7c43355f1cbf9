"""When a provider tries again, as it documents it: intervals from `data/retries.toml`,
and how to fit them into a shorter time."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hookscope.providers.provider import Provider
from hookscope.tools.samples.load import DATA
from hookscope_relay.errors import InputError

FILE = DATA / "retries.toml"
UNCHECKED = "what {} publishes of this was not checked at the source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long the provider waits before each further attempt, in seconds.

    `assumed` says what of it the provider does not publish.
    """

    after_s: tuple[float, ...]
    source: str
    assumed: str = ""

    @property
    def total_s(self) -> float:
        """The time from the first attempt to the last."""
        return sum(self.after_s)


def find_schedule(provider: Provider) -> Schedule:
    """The provider's schedule; `InputError` where it does not try again, or says nothing about it."""
    row = _rows().get(provider.name)
    if row is None:
        said = f": {provider.retries}" if provider.retries else ""
        raise InputError(
            f"{provider.title} documents no retries with intervals{said}", "leave out --retry, or use --duplicate"
        )
    if not row.get("times") and not row.get("after_s"):
        raise InputError(
            f"{provider.title} does not try again by itself ({row['source']})", "leave out --retry, or use --duplicate"
        )
    unchecked = UNCHECKED.format(provider.title) if "retries" in provider.unchecked else ""
    return Schedule(after_s=_intervals(row), source=row["source"], assumed=row.get("assumed", unchecked))


def compress(after_s: Sequence[float], within_s: float) -> tuple[float, ...]:
    """The same intervals in the same proportions, so short that all fit into a time."""
    total = sum(after_s)
    scale = min(1.0, within_s / total) if total else 1.0
    return tuple(wait * scale for wait in after_s)


def _intervals(row: dict[str, Any]) -> tuple[float, ...]:
    """Those that the provider names; else so many that double each time and end after the time that it names."""
    if "after_s" in row:
        return tuple(float(wait) for wait in row["after_s"])
    times, over_s = int(row["times"]), float(row["over_s"])
    factor = float(row.get("factor", 2.0))
    weights = [factor**number for number in range(times)]
    return tuple(over_s * weight / sum(weights) for weight in weights)


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
