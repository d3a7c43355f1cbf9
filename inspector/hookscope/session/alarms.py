"""Looks after the alerts of a session: whoever listens hears of each, and whoever it names is told, beside the loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial

from hookscope.alerts.forms import to_mapping
from hookscope.alerts.judge import Alarm
from hookscope.alerts.notify import Notifier
from hookscope.alerts.record import Record
from hookscope.alerts.watch import CaptureMeter, watch
from hookscope.model.events import Alerted, Listener
from hookscope.session.plan import Notice, Plan
from hookscope.store.captures import CaptureStore


async def sound(plan: Plan, store: CaptureStore, listener: Listener, notice: Notice) -> None:
    """Watch until cancelled. What goes wrong with telling others is a notice."""
    loop = asyncio.get_running_loop()

    def wrong(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the session has ended
            loop.call_soon_threadsafe(partial(notice, "warning", text))

    notifier = Notifier(plan.environ, wrong)

    def told(alarm: Alarm | None, then: Callable[[], None]) -> None:
        if alarm is not None:
            listener(alerted(alarm))
        notifier.send(alarm, then)

    record = Record(plan.places.state / "alerts" / f"{plan.endpoint}.json")

    try:
        await watch(plan.alerts, CaptureMeter(store, plan.endpoint, time.time()).measure, told, record)
    finally:
        await asyncio.to_thread(notifier.close)


def alerted(alarm: Alarm) -> Alerted:
    """The alarm as an event."""
    details = {name: value for name, value in to_mapping(alarm).items() if name != "at"}
    return Alerted(at=alarm.at, name=alarm.alert.name, state=alarm.state, text=alarm.text, details=details)
