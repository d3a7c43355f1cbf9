"""Captures counted by conditions."""

from __future__ import annotations

from pathlib import Path

from factories import make_delivery
from hookscope.model.finding import Finding
from hookscope.store.captures import CaptureStore
from hookscope.tools.filters.condition import Condition

EVEN = Condition("c.number % 2 = ?", (0,))


async def test_captures_are_counted_between_numbers_and_until_when(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    for number in range(1, 6):
        await store.keep(make_delivery(id=f"{number}", received_at=float(number)), origin="live")
    some = store.tally(Condition("c.number BETWEEN ? AND ?", (2, 4)), EVEN)
    none = store.tally(Condition("c.number > ?", (9,)), EVEN)
    everything = store.tally(Condition(), Condition())
    store.close()
    assert (some.count, some.failing, some.first, some.last, some.last_at) == (3, 2, 2, 4, 4.0)
    assert (none.count, none.failing, none.first, none.last, none.last_at) == (0, 0, 0, 0, None)
    assert (everything.count, everything.failing) == (5, 5)


async def test_codes_are_those_of_warnings_and_errors(tmp_path: Path) -> None:
    store = CaptureStore.open(tmp_path / "captures.db")
    for number, severity in enumerate(("error", "warning", "info"), 1):
        await store.keep(make_delivery(id=f"{number}"), origin="live")
        one = Finding(code=f"a.{severity}", severity=severity, cause="c", layer="handler", title="t", hint="")  # type: ignore[arg-type]  # one of them
        await store.keep_findings(f"{number}", 0, None, (one,))
    codes = store.codes(Condition()), store.codes(EVEN)
    store.close()
    assert codes == ({"a.error", "a.warning"}, {"a.warning"})
