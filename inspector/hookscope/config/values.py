"""What a person writes for a value: sizes, durations, rates, yes and no."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from hookscope.config.words import ENDPOINT_NAME

Kind: TypeAlias = Literal["flag", "text", "name", "whole", "number", "bytes", "duration", "rate"]

UNITS_BYTES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "kib": 1024,
    "k": 1024,
    "mb": 10**6,
    "mib": 1 << 20,
    "m": 1 << 20,
    "gb": 10**9,
    "gib": 1 << 30,
    "g": 1 << 30,
}
UNITS_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
UNITS_RATE = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:/([a-z]*))?")


def parse_duration(text: str) -> float:
    """Seconds from `3`, `0.5s`, `500ms`, `2m`, `1h`, `3d`; ValueError for anything else or below zero."""
    return _with_unit(text, UNITS_SECONDS)


def parse_bytes(text: str) -> int:
    """Bytes from `300`, `25MiB`, `1 MB`; ValueError for anything else or below zero."""
    return int(_with_unit(text, {unit: float(size) for unit, size in UNITS_BYTES.items()}))


def _with_unit(text: str, units: Mapping[str, float]) -> float:
    number = text.strip().lower()
    unit = number.lstrip("0123456789._")
    value = float(number.removesuffix(unit)) * units.get(unit.strip(), float("nan"))
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _parse_flag(text: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _parse_name(text: str) -> str:
    if not ENDPOINT_NAME.fullmatch(text):
        raise ValueError(text)
    return text


def parse_rate(text: str) -> float:
    """How many a second, from `3/s`, `90/min`, `0.5`; ValueError for anything else."""
    match = RATE.fullmatch(text.strip().lower())
    unit = UNITS_RATE.get(match[2] or "") if match else None
    if match is None or unit is None or not float(match[1]) > 0:
        raise ValueError(text)
    return float(match[1]) / unit


class Notation(NamedTuple):
    """How a kind of value is written: the function that reads it (ValueError for nonsense), and what it is in words."""

    parse: Callable[[str], Any]  # Any: the kind decides
    words: str


KINDS: Mapping[Kind, Notation] = {
    "flag": Notation(_parse_flag, "yes or no"),
    "text": Notation(str, "text"),
    "name": Notation(_parse_name, "name of letters, digits, dot, dash and underscore"),
    "whole": Notation(int, "whole number"),
    "number": Notation(float, "number"),
    "bytes": Notation(parse_bytes, "size such as 300, 64KiB or 25MiB"),
    "duration": Notation(parse_duration, "duration such as 3, 500ms or 2m"),
    "rate": Notation(parse_rate, "rate such as 3/s or 90/min"),
}
