"""The alerts of a relay: on its own metrics, into its log, and to whoever they name."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from pathlib import Path

import pytest

from hookscope.alerts import watch
from hookscope.alerts.alert import Alert
from hookscope.apps.relay_alerts import check_metrics, record_path, watch_relay
from hookscope_relay.errors import InputError
from hookscope_relay.settings import NatsSettings, RelaySettings
from relays import ask, make_request, relaying, until

WRITE = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


async def test_what_a_relay_refuses_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch.watch, "__kwdefaults__", {"every_s": 0.05, "clock": watch.time.time})
    command = (sys.executable, "-S", "-c", WRITE, str(tmp_path / "told"))
    alert = Alert(
        name="strangers",
        kind="rate-above",
        failing="",
        subject='refused_total{problem="unknown-endpoint"}',
        bound=1.0,
        bound_text="1/s",
        window_s=1.0,
        command=command,
    )
    check_metrics([alert])
    caplog.set_level(logging.INFO, "hookscope.relay")
    async with relaying() as relay:
        pages, page = [], relay.metrics_page

        async def metrics_page() -> str:
            pages.append(await page())
            return pages[-1]

        monkeypatch.setattr(relay, "metrics_page", metrics_page)
        watching = asyncio.create_task(watch_relay([alert], dict(os.environ), relay))
        await until(lambda: pages)
        for _ in range(4):
            await ask(relay, make_request(target=b"/nobody/x"))
        await until(lambda: (tmp_path / "told").exists() and (tmp_path / "told").read_text().count("\n") == 2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    told = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert [(one["state"], one["of"]) for one in told] == [("raised", alert.subject), ("recovered", alert.subject)]
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("alert ")]
    assert [line.split(" ")[1:3] for line in lines] == [
        ["name=strangers", f"state={s}"] for s in ("raised", "recovered")
    ]


@pytest.mark.parametrize(
    ("name", "remedy"), [("delivery_total", "did you mean deliveries_total?"), ("xyz", "see /-/metrics")]
)
def test_a_metric_that_there_is_not_is_named(name, remedy):
    alert = Alert(name="a", kind="above", subject=name, failing="", place="config.toml:3")
    with pytest.raises(InputError) as raised:
        check_metrics([alert])
    assert str(raised.value).startswith(f"config.toml:3: a relay has no metric '{name}'")
    assert remedy in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        pytest.param(RelaySettings(), None, id="memory"),
        pytest.param(RelaySettings(database=Path("/r/relay.db")), Path("/r/relay.db-alerts.json"), id="file"),
        pytest.param(
            RelaySettings(nats=NatsSettings(servers=("nats://n",), journal=Path("/r/journal.db"))),
            Path("/r/journal.db-alerts.json"),
            id="nats",
        ),
    ],
)
def test_how_alerts_stand_is_kept_where_the_relay_keeps_its_own(settings, path):
    assert record_path(settings) == path


async def test_a_relay_that_begins_anew_tells_nothing_twice_and_the_end_once_a_window_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch.watch, "__kwdefaults__", {"every_s": 0.02, "clock": watch.time.time})
    caplog.set_level(logging.INFO, "hookscope.relay")
    alert = Alert(name="idle", kind="below", subject="sessions", failing="", bound=1.0, bound_text="1", window_s=0.2)

    async def run(sessions: int, states: list[str]) -> None:
        pages = []

        async def metrics_page() -> str:
            pages.append(sessions)
            return f"hookscope_relay_sessions {sessions}\n"

        async with relaying(database=tmp_path / "relay.db") as relay:
            monkeypatch.setattr(relay, "metrics_page", metrics_page)
            watching = asyncio.create_task(watch_relay([alert], dict(os.environ), relay))
            await until(lambda: len(pages) > 2 and told() == states)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def told() -> list[str]:
        return [one.getMessage().split(" ")[2] for one in caplog.records if one.getMessage().startswith("alert ")]

    await run(0, ["state=raised"])
    assert (tmp_path / "relay.db-alerts.json").exists()
    await run(0, ["state=raised"])
    began = time.monotonic()
    await run(5, ["state=raised", "state=recovered"])
    assert time.monotonic() - began >= alert.window_s
