"""Whether an alert holds, and when that is told: pure, the time is an argument.

An alert is told when it begins to hold, and once more when that is over. After it was told it is silent for its
cool-down, however often it comes and goes meanwhile; where it holds at the end of that, it is told then. Findings that
come while it is silent are told together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from hookscope.alerts.alert import Alert, Kind
from hookscope.text.time_span import render_span

State: TypeAlias = Literal["raised", "recovered", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was counted for an alert as of `now` (Unix seconds): how many in its window, how many of them failed, when
    the last one came, a metric's value, and codes of findings that were never there before.

    `since` is when counting began: what is rare is not judged before a whole window has passed. `whole` says whether
    the whole window was counted, as what came before the beginning is not, where that is only counted as it comes.
    """

    now: float
    since: float
    whole: bool = True
    count: float = 0
    failing: float = 0
    last_at: float | None = None
    value: float = 0.0
    codes: tuple[str, ...] = ()
    latest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How an alert stands between two judgements: since when it is told to hold and what was counted for that, and
    until when it is silent."""

    told_at: float | None = None
    since: float = 0.0
    silent_until: float = 0.0
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What is told of an alert: a sentence, and the facts behind it. `lasted_s` is how long it held, once it is over;
    `latest` the number of the last capture that was counted, 0 where there is none."""

    alert: Alert
    state: State
    at: float
    text: str
    measured: Measured
    lasted_s: float = 0.0

    @property
    def sentence(self) -> str:
        """Name and text, in one line."""
        return f"{self.alert.name}: {self.text}"


def judge(alert: Alert, watched: Watched, measured: Measured) -> tuple[Watched, Alarm | None]:
    """How the alert stands now, and what is to be told of it, if anything."""
    now = measured.now
    if alert.kind == "new-finding":
        return _judge_codes(alert, watched, measured)
    if watched.told_at is not None and watched.told_at < measured.since:
        # It was told before a restart, which is no sign that it is over.
        if not measured.whole:
            return watched, None
        measured = replace(measured, since=watched.since)
    text = CONDITIONS[alert.kind](alert, measured)
    if text and watched.told_at is None and now >= watched.silent_until:
        told = Watched(told_at=now, since=measured.since, silent_until=now + alert.cool_down_s)
        return told, Alarm(alert=alert, state="raised", at=now, text=text, measured=measured)
    if not text and watched.told_at is not None:
        lasted_s = max(0.0, now - watched.told_at)
        over = f"over again, after {render_span(lasted_s)}"
        alarm = Alarm(alert=alert, state="recovered", at=now, text=over, measured=measured, lasted_s=lasted_s)
        return replace(watched, told_at=None), alarm
    return watched, None


def _judge_codes(alert: Alert, watched: Watched, measured: Measured) -> tuple[Watched, Alarm | None]:
    """A finding that is new stays so: it has no end, so none is told."""
    codes = tuple(dict.fromkeys((*watched.codes, *measured.codes)))
    if not codes or measured.now < watched.silent_until:
        return replace(watched, codes=codes), None
    what = "a finding that was never there before" if len(codes) == 1 else f"{len(codes)} findings, new here"
    measured = replace(measured, codes=codes)
    alarm = Alarm(alert=alert, state="raised", at=measured.now, text=f"{what}: {', '.join(codes)}", measured=measured)
    return Watched(silent_until=measured.now + alert.cool_down_s), alarm


# Each gives the sentence for what holds; empty where it does not.


def _rate_above(alert: Alert, seen: Measured) -> str:
    if seen.count <= alert.bound * alert.window_s:
        return ""
    return f"{seen.count:,.0f} in {render_span(alert.window_s)}, more than {alert.bound_text}"


def _rate_below(alert: Alert, seen: Measured) -> str:
    if seen.now - seen.since < alert.window_s or seen.count >= alert.bound * alert.window_s:
        return ""
    return f"{seen.count:,.0f} in {render_span(alert.window_s)}, fewer than {alert.bound_text}"


def _share_above(alert: Alert, seen: Measured) -> str:
    if seen.count < max(alert.least, 1) or seen.failing <= alert.bound * seen.count:
        return ""
    share = f"{seen.failing:,.0f} of {seen.count:,.0f} ({100 * seen.failing / seen.count:.3g} %)"
    return f"{share} in {render_span(alert.window_s)} meet {alert.failing}, more than {alert.bound_text}"


def _silence(alert: Alert, seen: Measured) -> str:
    silent_s = seen.now - max(seen.since, seen.last_at or seen.since)
    told = f"nothing for {render_span(silent_s)}; it tells from {alert.bound_text} on"
    return told if silent_s >= alert.bound else ""


def _above(alert: Alert, seen: Measured) -> str:
    return f"{alert.subject} is {seen.value:,g}, above {alert.bound_text}" if seen.value > alert.bound else ""


def _below(alert: Alert, seen: Measured) -> str:
    return f"{alert.subject} is {seen.value:,g}, below {alert.bound_text}" if seen.value < alert.bound else ""


CONDITIONS: Mapping[Kind, Callable[[Alert, Measured], str]] = {
    "rate-above": _rate_above,
    "rate-below": _rate_below,
    "share-above": _share_above,
    "silence": _silence,
    "above": _above,
    "below": _below,
}
