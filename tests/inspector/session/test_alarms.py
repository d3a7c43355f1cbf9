"""The alerts of a session: a real relay, a handler that fails, and a command that is told."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hookscope.alerts import watch
from hookscope.alerts.alert import Alert
from hookscope.alerts.judge import Alarm, Measured
from hookscope.console.ndjson import to_mapping
from hookscope.model.events import Alerted, Noticed
from hookscope.session.alarms import alerted
from raw_http import RawServer
from relays import relaying, until
from sessions import Session, make_plan

FAILS = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
WRITE = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


async def test_a_share_of_failures_is_told_and_so_is_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch.watch, "__kwdefaults__", {"every_s": 0.05, "clock": watch.time.time})
    command = (sys.executable, "-S", "-c", WRITE, str(tmp_path / "told"))
    fails = Alert(name="fails", kind="share-above", bound=0.5, bound_text="50%", window_s=1.0, least=2, command=command)
    silent = Alert(name="silent", kind="silence", bound=0.01, bound_text="10ms", command=("/nowhere",))
    async with relaying() as relay, RawServer(FAILS) as handler:
        session = Session(replace(make_plan(tmp_path, relay.origin, handler.url), alerts=(fails, silent)))
        async with session.running():
            await session.post()
            await session.post()
            await until(lambda: [one.state for one in told(session, "fails")] == ["raised", "recovered"])
            await until(lambda: any("/nowhere" in event.text for event in of(session, Noticed)))
            await until(lambda: (tmp_path / "told").exists() and (tmp_path / "told").read_text().count("\n") == 2)
    raised, over = map(json.loads, (tmp_path / "told").read_text().splitlines())
    assert (raised["state"], raised["count"], raised["failing"]) == ("raised", 2, 2)
    assert over["state"] == "recovered"
    assert sum("/nowhere" in event.text for event in of(session, Noticed)) == 1


async def test_what_was_told_is_over_when_it_is_though_the_session_began_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch.watch, "__kwdefaults__", {"every_s": 0.05, "clock": watch.time.time})
    command = (sys.executable, "-S", "-c", WRITE, str(tmp_path / "told"))
    fails = Alert(name="fails", kind="share-above", bound=0.5, bound_text="50%", least=2, command=command)
    fails = replace(fails, cool_down_s=0.0)

    def lines() -> list[str]:
        path = tmp_path / "told"
        return [json.loads(line)["state"] for line in path.read_text().splitlines()] if path.exists() else []

    async with relaying() as relay:
        async with RawServer(FAILS) as handler:
            plan = replace(make_plan(tmp_path, relay.origin, handler.url), alerts=(fails,))
            record = plan.places.state / "alerts" / f"{plan.endpoint}.json"
            session = Session(plan)
            async with session.running():
                await session.post()
                await session.post()
                await until(lambda: lines() == ["raised"])
                await until(record.exists)
        async with RawServer() as handler:
            again = Session(replace(make_plan(tmp_path, relay.origin, handler.url), alerts=(fails,)))
            async with again.running():
                await again.post()
                assert told(again, "fails") == []
                await again.post()
                await until(lambda: lines() == ["raised", "recovered"])
                await until(lambda: '"told_at":null' in record.read_text())
    assert [one.state for one in told(again, "fails")] == ["recovered"]


def of(session: Session, kind: type) -> list:
    return [event for event in session.events if isinstance(event, kind)]


def told(session: Session, name: str) -> list[Alerted]:
    return [event for event in of(session, Alerted) if event.name == name]


def test_an_alarm_is_a_line_of_the_stream() -> None:
    alert = Alert(name="a", kind="above", subject="x", bound_text="1")
    alarm = Alarm(
        alert=alert, state="raised", at=1.0, text="x is 2, above 1", measured=Measured(now=1, since=0, value=2)
    )
    line = to_mapping(alerted(alarm))
    assert (line["type"], line["alert"], line["state"], line["text"]) == ("alert", "a", "raised", "x is 2, above 1")
    assert (line["value"], line["kind"], line["at"]) == (2, "above", "1970-01-01T00:00:01.000Z")
