"""When an alert holds, and when it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Alarm, Measured, Watched, judge

ALERT = Alert(name="a", kind="rate-above", bound=0.1, bound_text="6/min", window_s=100.0, cool_down_s=50.0)


def measured(now: float, **changes: Any) -> Measured:
    return Measured(now=now, since=0.0, **changes)


def alert_of(kind: Any, bound: float, bound_text: str = "it", **changes: Any) -> Alert:
    return replace(ALERT, kind=kind, bound=bound, bound_text=bound_text, **changes)


HOLDS: dict[str, tuple[Alert, Measured, str]] = {
    "a rate above": (ALERT, measured(5, count=11), "11 in 1 min 40 s, more than 6/min"),
    "a rate at its bound": (ALERT, measured(5, count=10), ""),
    "a rate below": (
        alert_of("rate-below", 0.1, "6/min"),
        measured(100, count=9),
        "9 in 1 min 40 s, fewer than 6/min",
    ),
    "a rate below, before its window is over": (alert_of("rate-below", 0.1), measured(99, count=0), ""),
    "a share": (
        alert_of("share-above", 0.2, "20%"),
        measured(5, count=10, failing=3),
        "3 of 10 (30 %) in 1 min 40 s meet is:failed, more than 20%",
    ),
    "a share of few": (alert_of("share-above", 0.2), measured(5, count=4, failing=4), ""),
    "a share of nothing": (alert_of("share-above", 0.0, least=0), measured(5), ""),
    "a share at its bound": (alert_of("share-above", 0.2), measured(5, count=10, failing=2), ""),
    "silence since the last": (
        alert_of("silence", 30, "30s"),
        measured(50, last_at=20.0),
        "nothing for 30 s; it tells from 30s on",
    ),
    "silence since it began": (alert_of("silence", 30, "30s"), measured(45), "nothing for 45 s; it tells from 30s on"),
    "silence that is short": (alert_of("silence", 30), measured(49.9, last_at=20.0), ""),
    "what came before it began": (alert_of("silence", 30), measured(29, last_at=-100.0), ""),
    "a value above": (
        alert_of("above", 5, "5", subject="sessions"),
        measured(1, value=6),
        "sessions is 6, above 5",
    ),
    "a value at its bound": (alert_of("above", 5), measured(1, value=5), ""),
    "a value below": (
        alert_of("below", 5, "5", subject="sessions"),
        measured(1, value=4.5),
        "sessions is 4.5, below 5",
    ),
}


@pytest.mark.parametrize(("alert", "seen", "text"), HOLDS.values(), ids=HOLDS)
def test_an_alert_holds_beyond_its_bound(alert, seen, text):
    _, alarm = judge(alert, Watched(), seen)
    assert (alarm.text if alarm else "") == text
    assert alarm is None or (alarm.state, alarm.sentence) == ("raised", f"a: {text}")


def told(*counts: tuple[float, int]) -> list[tuple[float, str]]:
    watched = Watched()
    alarms: list[tuple[float, str]] = []
    for now, count in counts:
        watched, alarm = judge(ALERT, watched, measured(now, count=count))
        if alarm is not None:
            alarms.append((now, alarm.state))
    return alarms


MANY, FEW = 100, 1
SILENCE, BELOW = alert_of("silence", 30), alert_of("rate-below", 0.1)
COURSES = {
    "it is told once": ([(1, MANY), (2, MANY), (3, MANY)], [(1, "raised")]),
    "its end is told": ([(1, MANY), (31, FEW), (32, FEW)], [(1, "raised"), (31, "recovered")]),
    "it is silent for its cool-down": (
        [(1, MANY), (2, FEW), (3, MANY), (4, FEW), (50, MANY), (50.5, FEW)],
        [(1, "raised"), (2, "recovered")],
    ),
    "what holds at the end of that is told then": (
        [(1, MANY), (2, FEW), (40, MANY), (51, MANY)],
        [(1, "raised"), (2, "recovered"), (51, "raised")],
    ),
    "what lasts longer than that is not told again": ([(1, MANY), (60, MANY), (200, MANY)], [(1, "raised")]),
}


@pytest.mark.parametrize(("counts", "alarms"), COURSES.values(), ids=COURSES)
def test_an_alert_makes_no_storm(counts, alarms):
    assert told(*counts) == alarms


def test_how_long_it_lasted_is_said():
    watched, _ = judge(ALERT, Watched(), measured(1, count=MANY))
    _, alarm = judge(ALERT, watched, measured(46, count=FEW))
    assert alarm is not None
    assert (alarm.text, alarm.lasted_s) == ("over again, after 45 s", 45)


def found(watched: Watched, now: float, *codes: str) -> tuple[Watched, Alarm | None]:
    return judge(alert_of("new-finding", 0), watched, measured(now, codes=codes))


def test_new_findings_are_told_together_where_many_come_and_never_end():
    watched, alarm = found(Watched(), 1, "csrf.refused")
    assert alarm is not None
    assert alarm.text == "a finding that was never there before: csrf.refused"
    for now, codes in ((2, ("auth.missing",)), (3, ()), (4, ("media.type", "auth.missing"))):
        watched, alarm = found(watched, now, *codes)
        assert alarm is None
    watched, alarm = found(watched, 51)
    assert alarm is not None
    assert alarm.text == "2 findings, new here: auth.missing, media.type"
    assert alarm.measured.codes == ("auth.missing", "media.type")
    assert found(watched, 200)[1] is None


@pytest.mark.parametrize(
    ("alert", "seen", "says"),
    [
        pytest.param(ALERT, {"count": MANY}, None, id="holds-still"),
        pytest.param(ALERT, {"count": 0}, "recovered", id="over-meanwhile"),
        pytest.param(ALERT, {"count": 0, "whole": False}, None, id="window-not-counted-yet"),
        pytest.param(SILENCE, {}, None, id="silent-still"),
        pytest.param(SILENCE, {"last_at": 1001.0}, "recovered", id="silent-no-more"),
        pytest.param(BELOW, {"count": 0}, None, id="rare-still"),
        pytest.param(BELOW, {"count": MANY}, "recovered", id="rare-no-more"),
    ],
)
def test_what_was_told_before_a_restart_is_told_over_once_it_is(alert: Alert, seen: dict[str, Any], says: str | None):
    told = Watched(told_at=900.0, since=100.0, silent_until=905.0)
    stands, alarm = judge(alert, told, Measured(now=1002.0, since=1000.0, **seen))
    assert (alarm and alarm.state) == says
    if alarm is not None:
        assert (stands.told_at, alarm.lasted_s) == (None, 102.0)
    else:
        assert stands == told
