"""Situations of public bug reports, by the command that a user would type: what must come out, and what must not.

Recorded deliveries go through `verify` and `diagnose`; the others are posted to a real relay, a session and a handler
first. A quick form tries some of each kind; `make matrix` all.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hookscope.cli import main
from hookscope.model.events import Attempted
from raw_http import RawServer
from relays import relaying
from sessions import Session, make_plan

VECTORS = Path(__file__).parents[1] / "vectors"
REPORTS: list[dict[str, Any]] = json.loads((VECTORS / "field_reports.json").read_text("utf-8"))
CAPTURES: dict[str, dict[str, Any]] = json.loads((VECTORS / "field_captures.json").read_text("utf-8"))
WHOLE = os.environ.get("HOOKSCOPE_MATRIX") == "whole"
# Of recorded situations that the mistakes' and rules' own tests hold too, every so many without `make matrix`.
EVERY = 1 if WHOLE else 5
# A second secret, as the report has it.
BESIDE = {"stripe-connect-secret": {"HOOKSCOPE_SECRET_STRIPE_CONNECT": "whsec_FieldConnect77c0ffee77c0ffee77"}}


@pytest.mark.parametrize("report", REPORTS[::EVERY], ids=lambda report: report["name"])
def test_verify_names_the_mistake(
    report: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = report["body"]
    delivery = {
        "id": report["name"],
        "received_at": "2026-11-18T11:06:41.000Z",
        "scheme": "https",
        "method": report["method"],
        "target": report["target"],
        "http_version": "1.1",
        "remote": "203.0.113.7",
        "headers": report["headers"],
        "body": body if isinstance(body, dict) else {"text": body},
    }
    capture, secret = tmp_path / "capture.json", tmp_path / "secret"
    capture.write_text(json.dumps({"format": "hookscope/1", "delivery": delivery}))
    secret.write_text(report["secret"])
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    for name, value in BESIDE.get(report["name"], {}).items():
        monkeypatch.setenv(name, value)
    code = main(["verify", str(capture), "--secret-file", str(secret), "--json"])
    told = json.loads(capsys.readouterr().out)
    named = {mistake["id"] for mistake in told["mistakes"]}
    assert (code, told["verdict"] == "verified") == ((0, True) if not report["mistakes"] else (1, False))
    assert set(report["mistakes"][:1]) <= named, json.dumps(told)[:1500]


@pytest.mark.parametrize("name", list(CAPTURES)[::EVERY])
def test_diagnose_names_the_fault(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = CAPTURES[name]
    capture, secret = tmp_path / "capture.json", tmp_path / "secret"
    capture.write_text(json.dumps(report["capture"]))
    secret.write_text(report["secret"])
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    given = ["--secret-file", str(secret)] if report["secret"] else []
    main(["diagnose", str(capture), *given, "--json"])
    told = capsys.readouterr().out
    assert report["code"] in told
    assert report["says"] in told


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A body that is posted, the command then (`TO` is the handler's port), and what it says; `arrives` is the body that
    the handler got last."""

    body: bytes
    command: str
    says: tuple[str, ...]
    never: tuple[str, ...] = ()
    arrives: bytes = b""
    code: int = 0
    environ: tuple[tuple[str, str], ...] = ()
    headers: str = "Content-Type: application/json\r\n"


BIG = b'{ "id":9007199254740993, "amount":1.00,\n "long":1234567890123456789012, "z":1, "z":2, "u":"a\\/b" }'
ROWS = {
    "big-numbers-and-json-view": Row(
        body=BIG, command="show last", says=("9007199254740993", "1.00", "1234567890123456789012", "a\\/b")
    ),
    "big-numbers-and-json-view, one value edited": Row(
        body=BIG.replace(b'"z":1, "z":2', b'"z":2'),
        command="replay last --set /z=7 --to TO",
        says=("200",),
        arrives=BIG.replace(b'"z":1, "z":2', b'"z":7'),
    ),
    "json-1e400-and-lone-surrogate": Row(
        body=b'{"x":1E400}', command="show last", says=("1E400",), never=("valid JSON",)
    ),
    "json-1e400-and-lone-surrogate, an emoji cut in half": Row(
        body=b'{"x":"\\ud83d"}', command="show last", says=("\\ud83d",), never=("valid JSON",)
    ),
    "time-zone": Row(body=b"{}", command="list since:1m", says=("POST /hook",), environ=(("TZ", "Asia/Kolkata"),)),
    "adv-terminal": Row(
        body=b'{"a":"\x1b]52;c;aGk=\x07[/x]"}', command="show last", says=("[/x]",), never=("\x1b", "\x07")
    ),
    "live-cloudevents-content-type": Row(
        body=b'{"specversion":"1.0","type":"a.b","source":"/s","id":"1"}',
        headers="Content-Type: application/cloudevents+json\r\n",
        command="show last --json",
        says=('"application/cloudevents+json"',),
        never=("request.content-type",),
    ),
    "no capture of that name": Row(body=b"{}", command="show 99", says=("there is no capture",), code=10),
}


@pytest_asyncio.fixture
async def handler() -> AsyncIterator[RawServer]:
    async with RawServer() as server:
        yield server


@pytest.mark.parametrize("name", ROWS)
async def test_what_was_posted_is_told_as_it_came(
    name: str,
    handler: RawServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = ROWS[name]
    async with relaying() as relay:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            await session.post(body=row.body, headers=row.headers)
            await session.until(Attempted)
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    for variable, value in row.environ:
        monkeypatch.setenv(variable, value)
    command = row.command.replace("TO", str(handler.port)).split()
    # In a thread, so that the handler goes on to answer.
    code = await asyncio.to_thread(main, command)
    out, err = capsys.readouterr()
    assert code == row.code
    assert all(words in out + err for words in row.says), out + err
    assert not [words for words in row.never if words in out + err]
    if row.arrives:
        assert handler.last.body == row.arrives
