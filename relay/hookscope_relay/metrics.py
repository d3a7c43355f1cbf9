"""What a relay counts, and the page that tells it (Prometheus text format 0.0.4).

No endpoint, address or target is in any label.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "hookscope_relay_"
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0)

GAUGES = {
    "endpoints": "Endpoints that have a record.",
    "sessions": "Inspectors attached.",
    "connections": "Connections that are open.",
    "head_bytes": "Bytes of request heads that have not ended.",
    "deliveries_in_hand": "Deliveries between their first byte and their answer.",
    "bytes_in_flight": "Bytes of bodies that are arriving or being kept.",
    "reply_bytes": "Bytes announced by replies that are still arriving.",
    "spilled": "Messages that wait on this node's disk for the cluster.",
    "nodes": "Nodes that share the log, this one included.",
    "draining": "1 while the relay ends.",
    "uptime_seconds": "Since the relay listens.",
}


class Histogram:
    """Counts durations by `BOUNDS_S`."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


@dataclass(slots=True)
class Metrics:
    """The counters of one relay, by the name of their label's values.

    `refused` is by problem, `limited` by setting, `deliveries` by how they ended, `closed` by close code.
    """

    refused: Counter[str] = field(default_factory=Counter)
    limited: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    body_bytes: int = 0
    frames: int = 0
    trimmed: int = 0
    append: Histogram = field(default_factory=Histogram)
    waited: Histogram = field(default_factory=Histogram)

    def refuse(self, problem: str, limit: str = "") -> None:
        """Count a refusal."""
        self.refused[problem] += 1
        if limit:
            self.limited[limit] += 1


def render(metrics: Metrics, gauges: Mapping[str, float], trouble: Mapping[str, int] = MappingProxyType({})) -> str:
    """The page; `gauges` has a value for each of `GAUGES`, `trouble` is what went wrong with the log, by kind."""
    return "\n".join([*_lines(metrics, gauges, trouble), ""])


def _lines(metrics: Metrics, gauges: Mapping[str, float], trouble: Mapping[str, int]) -> Iterator[str]:
    yield from _counter("deliveries", "Deliveries taken, by how they ended.", "outcome", metrics.deliveries)
    yield from _counter("refused", "Requests and upgrades turned away, by problem.", "problem", metrics.refused)
    yield from _counter("limited", "What a limit stopped or slowed, by its setting.", "limit", metrics.limited)
    yield from _counter("sessions_closed", "Sessions that the relay closed, by close code.", "code", metrics.closed)
    yield from _counter("log_trouble", "What went wrong with a log that nodes share, by kind.", "kind", trouble)
    yield from _single("body_bytes_total", "counter", "Bytes of bodies taken.", metrics.body_bytes)
    yield from _single("frames_total", "counter", "Frames received from inspectors.", metrics.frames)
    yield from _single("trimmed_total", "counter", "Deliveries dropped by retention.", metrics.trimmed)
    yield from _histogram("append_seconds", "How long it took to make a delivery durable.", metrics.append)
    yield from _histogram("wait_seconds", "How long senders waited for an answer.", metrics.waited)
    for name, words in GAUGES.items():
        yield from _single(name, "gauge", words, gauges[name])


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {words}"
    yield f"# TYPE {PREFIX}{name} {kind}"


def _single(name: str, kind: str, words: str, value: float) -> Iterator[str]:
    yield from _head(name, kind, words)
    yield f"{PREFIX}{name} {value}"


def _counter(name: str, words: str, label: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield from _head(f"{name}_total", "counter", words)
    for value in sorted(counts):
        yield f'{PREFIX}{name}_total{{{label}="{value}"}} {counts[value]}'


def _histogram(name: str, words: str, histogram: Histogram) -> Iterator[str]:
    yield from _head(name, "histogram", words)
    count = 0
    for bound, number in zip((*BOUNDS_S, "+Inf"), histogram.counts, strict=True):
        count += number
        yield f'{PREFIX}{name}_bucket{{le="{bound}"}} {count}'
    yield f"{PREFIX}{name}_sum {histogram.total_s:.6f}"
    yield f"{PREFIX}{name}_count {count}"
