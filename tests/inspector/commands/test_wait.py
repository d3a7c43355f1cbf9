from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from factories import NOW, Run, make_delivery
from held import FINDING, begun
from hookscope.store.captures import CaptureStore
from hookscope_relay.delivery import Answer


@pytest.fixture
def run(home: Path, call: Run) -> Run:
    """Runs `hookscope wait` where one delivery was answered with 419."""
    asyncio.run(fill(home / "captures.db"))
    return partial(call, "wait")


async def fill(path: Path) -> None:
    store = CaptureStore.open(path)
    made = make_delivery(target="/here\x1b[2J", received_at=NOW)
    await store.keep(made, origin="live")
    number = await store.begin_attempt(made.id, begun("live", "http://h/", NOW))
    await store.end_attempt(made.id, number, elapsed_ms=7.0, answer=Answer(status=419))
    await store.keep_findings(made.id, number, None, [FINDING])
    store.close()


LONG_AGO = ("--since", "99999d")


def test_it_came(run: Run) -> None:
    code, out, err = run("path:/here", "status:4xx", *LONG_AGO)
    assert (code, out.count("\n")) == (0, 1)
    assert "419" in out
    assert "\x1b" not in out
    assert err == "waiting up to 60 s for 1 delivery: path:/here status:4xx\n"


def test_it_came_and_ended_otherwise(run: Run) -> None:
    code, out, err = run("path:/here", "status:2xx", *LONG_AGO)
    assert code == 1
    assert "HTTP 419" in out
    assert FINDING.title in out
    assert "it came, and ended otherwise" in err


def test_programs_get_one_line_of_json(run: Run) -> None:
    code, out, _ = run("status:2xx", "--json", *LONG_AGO)
    told = json.loads(out)
    assert (code, told["status"], [finding["code"] for finding in told["findings"]]) == (1, 419, [FINDING.code])


def test_it_did_not_come(run: Run) -> None:
    code, out, err = run("status:4xx", "--timeout", "0")
    assert (code, out) == (13, "")
    assert "none of what was awaited came within 0 s" in err


def test_nothing_cannot_be_awaited(run: Run) -> None:
    assert run("--count", "0")[0] == 2
