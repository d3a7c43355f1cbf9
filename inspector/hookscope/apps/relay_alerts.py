"""The alerts of a relay, on its own metrics: each is a line of its log, and told to whoever it names."""

from __future__ import annotations

import difflib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Alarm
from hookscope.alerts.metrics import MetricMeter, metric_names, read_page
from hookscope.alerts.notify import Notifier
from hookscope.alerts.parse import metrics_of
from hookscope.alerts.record import Record
from hookscope.alerts.watch import watch
from hookscope_relay.app import Relay
from hookscope_relay.errors import InputError
from hookscope_relay.log_lines import tell
from hookscope_relay.metrics import GAUGES, PREFIX, render
from hookscope_relay.metrics import Metrics as Counters
from hookscope_relay.settings import RelaySettings

logger = logging.getLogger("hookscope.relay")


def check_metrics(alerts: Sequence[Alert]) -> None:
    """`InputError` for an alert on a metric that no relay has."""
    known = metric_names(render(Counters(), dict.fromkeys(GAUGES, 0.0)), PREFIX)
    for alert in alerts:
        for name in metrics_of(alert):
            bare = name.partition("{")[0]
            if bare not in known:
                near = difflib.get_close_matches(bare, known, 1)
                remedy = f"did you mean {near[0]}?" if near else "see /-/metrics on loopback"
                raise InputError(f"{alert.place}: a relay has no metric {bare[:60]!r}", remedy)


def record_path(settings: RelaySettings) -> Path | None:
    """Where it is kept how a relay's alerts stand: beside its database or its journal; nowhere where it has neither."""
    kept = settings.nats.journal if settings.nats else settings.database
    return kept.with_name(f"{kept.name}-alerts.json") if kept else None


async def watch_relay(alerts: Sequence[Alert], environ: Mapping[str, str], relay: Relay) -> None:
    """Watch until cancelled."""
    notifier = Notifier(environ, lambda text: tell(logger, "alert not told", logging.WARNING, reason=text))

    def told(alarm: Alarm | None, then: Callable[[], None]) -> None:
        if alarm is not None:
            level = logging.INFO if alarm.state == "recovered" else logging.WARNING
            tell(logger, "alert", level, name=alarm.alert.name, state=alarm.state, text=alarm.text)
        notifier.send(alarm, then)

    async def read() -> Mapping[str, float]:
        return read_page(await relay.metrics_page(), PREFIX)

    try:
        await watch(alerts, MetricMeter(read, time.time()).measure, told, Record(record_path(relay.settings)))
    finally:
        notifier.close()
