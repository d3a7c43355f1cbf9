"""Counting the captures of an endpoint, and judging again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from factories import make_delivery
from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Alarm, Measured
from hookscope.alerts.record import Record
from hookscope.alerts.watch import CaptureMeter, watch
from hookscope.model.capture import Attempt
from hookscope.model.finding import Finding
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import CannotWrite

HERE = "this endpoint"


async def keep(store: CaptureStore, name: str, at: float, status: int = 200, code: str = "", **changes: Any) -> None:
    delivery = make_delivery(id=name, received_at=at, target=changes.get("target", "/x"))
    answer = Answer(status=status, reason="")
    attempt = Attempt(number=1, origin="live", handler_url="", started_at=at)
    await store.keep(delivery, endpoint=changes.get("endpoint", HERE), origin="live", attempt=attempt)
    await store.end_attempt(delivery.id, 1, elapsed_ms=1.0, answer=answer)
    if code:
        finding = Finding(
            code=code, severity=changes.get("severity", "error"), cause="c", layer="handler", title="t", hint=""
        )
        await store.keep_findings(delivery.id, 1, None, (finding,))


async def test_what_meets_the_filter_in_the_window_is_counted(store: CaptureStore) -> None:
    await keep(store, "old", 10.0, 500)
    await keep(store, "one", 100.0, 500)
    await keep(store, "two", 110.0)
    await keep(store, "elsewhere", 110.0, 500, endpoint="another")
    await keep(store, "other", 110.0, 500, target="/y")
    captures = CaptureMeter(store, HERE, 0.0)
    alert = Alert(name="a", kind="share-above", subject="path:/x", window_s=60.0)
    seen = await captures.measure(alert, 120.0)
    assert (seen.count, seen.failing, seen.last_at, seen.latest) == (2, 1, 110.0, 3)
    later = await captures.measure(alert, 165.0)
    assert (later.count, later.failing, later.last_at) == (1, 0, 110.0)
    empty = await captures.measure(alert, 300.0)
    assert (empty.count, empty.failing, empty.last_at) == (0, 0, 110.0)
    await keep(store, "new", 301.0, 500)
    assert (await captures.measure(alert, 302.0)).failing == 1


async def test_a_finding_is_new_once_and_where_it_was_never_there(store: CaptureStore) -> None:
    await keep(store, "before", 10.0, 500, "csrf.refused")
    captures = CaptureMeter(store, HERE, 50.0)
    alert = Alert(name="a", kind="new-finding", bound_text="*")
    only_auth = Alert(name="b", kind="new-finding", bound_text="auth.*")
    for one in (alert, only_auth):
        assert (await captures.measure(one, 60.0)).codes == ()
    await keep(store, "again", 61.0, 500, "csrf.refused")
    await keep(store, "another", 62.0, 401, "auth.missing")
    await keep(store, "remark", 62.0, 200, "payload.sparse", severity="info")
    await keep(store, "elsewhere", 62.0, 500, "media.type", endpoint="another")
    assert (await captures.measure(alert, 63.0)).codes == ("auth.missing",)
    assert (await captures.measure(only_auth, 63.0)).codes == ("auth.missing",)
    assert (await captures.measure(alert, 64.0)).codes == ()


async def test_alerts_are_judged_until_cancelled_and_a_store_that_fails_is_asked_again(tmp_path: Path) -> None:
    alert = Alert(name="a", kind="above", bound=1.0, subject="x")
    values = [0.0, 2.0, None, 2.0, 0.0]
    told: list[Alarm] = []
    done = asyncio.Event()

    async def measure(_: Alert, now: float) -> Measured:
        if not values:
            done.set()
            return Measured(now=now, since=0.0)
        value = values.pop(0)
        if value is None:
            raise CannotWrite("busy", "wait")
        return Measured(now=now, since=0.0, value=value)

    def tell(alarm: Alarm | None, then: Callable[[], None]) -> None:
        assert alarm is not None
        told.append(alarm)
        then()

    record = Record(tmp_path / "record.json")
    watching = asyncio.create_task(watch([alert], measure, tell, record, every_s=0.0))
    async with asyncio.timeout(5.0):
        await done.wait()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    assert [alarm.state for alarm in told] == ["raised", "recovered"]
    stands = record.read([alert])["a"]
    assert (stands.told_at, stands.silent_until > 0) == (None, True)
