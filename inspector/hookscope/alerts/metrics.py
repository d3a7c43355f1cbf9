"""What an alert counts of a relay's metrics."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Measured


@dataclass(slots=True)
class MetricMeter:
    """Counts by a relay's metrics: what a counter grew by in an alert's window, and what a gauge says.

    `read` gives them as of now, by name and by name with labels.
    """

    read: Callable[[], Awaitable[Mapping[str, float]]]
    since: float
    _seen: dict[str, deque[tuple[float, float, float]]] = field(default_factory=dict)
    _grew_at: dict[str, float] = field(default_factory=dict)

    async def measure(self, alert: Alert, now: float) -> Measured:
        """What there is of an alert as of now."""
        page = await self.read()
        value, failing = page.get(alert.subject, 0.0), page.get(alert.failing, 0.0)
        seen = self._seen.setdefault(alert.name, deque())
        if seen and value > seen[-1][1]:
            self._grew_at[alert.name] = now
        seen.append((now, value, failing))
        while len(seen) > 1 and seen[1][0] <= now - alert.window_s:
            seen.popleft()
        return Measured(
            now=now,
            since=self.since,
            whole=now - self.since >= alert.window_s,
            count=value - seen[0][1],
            failing=failing - seen[0][2],
            last_at=self._grew_at.get(alert.name),
            value=value,
        )


def metric_names(page: str, prefix: str) -> set[str]:
    """The names of all metrics that a page tells of, those without a value yet included."""
    kinds = [line.split(" ")[2] for line in page.splitlines() if line.startswith("# TYPE ")]
    return {name.removeprefix(prefix) for name in kinds} | {name.partition("{")[0] for name in read_page(page, prefix)}


def read_page(page: str, prefix: str) -> dict[str, float]:
    """The values of a page of metrics (Prometheus text format), by what stands before each, without the prefix; of
    counters with labels also their sums, by the bare name."""
    values: dict[str, float] = {}
    for line in page.splitlines():
        name, _, value = line.rpartition(" ")
        if not name.startswith(prefix):
            continue
        name = name.removeprefix(prefix)
        values[name] = float(value)
        bare = name.partition("{")[0]
        if bare != name and not bare.endswith("_bucket"):
            values[bare] = values.get(bare, 0.0) + float(value)
    return values
