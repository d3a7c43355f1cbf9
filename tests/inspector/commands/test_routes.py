"""`hookscope routes`: what would happen, without anything being sent."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope import cli
from hookscope.model.capture import Capture
from hookscope.model.capture_file import dumps
from hookscope.store.captures import CaptureStore

ROUTES = ("--route", "a=path:/webhooks -> 3000/in", "--route", "b=provider:notion -> 4000", "--route", "c=path:/x -> 1")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = CaptureStore.open(tmp_path / "captures.db")
    asyncio.run(store.keep(make_delivery(target="/y"), origin="live"))
    store.close()
    signed = (("X-Notion-Signature", "sha256=0"), *make_delivery().headers)
    (tmp_path / "one.json").write_text(dumps(Capture(delivery=make_delivery(headers=signed), provider="notion")))
    return tmp_path


def test_it_says_who_answers_and_where_each_goes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["routes", "one.json", *ROUTES]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "one.json  POST /webhooks/notion  notion page.created",
        "  → a answers: http://localhost:3000/in/webhooks/notion",
        "  ⇉ b copy: http://localhost:4000/webhooks/notion",
    ]


def test_what_nothing_takes_ends_with_1_and_why(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["routes", "1", "one.json", *ROUTES, "--json"]) == 1
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["capture"], first["taken"], first["routes"]) == ("#1", False, [])
    assert first["why"] == "No route takes it. The nearest is a, whose filter fails at path:/webhooks."
    assert second["taken"]
    assert cli.main(["routes", "1", *ROUTES, "--handler", "9/h"]) == 0
    assert "→ handler answers: http://localhost:9/h/y" in capsys.readouterr().out


def test_without_a_capture_it_shows_the_routes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["routes", *ROUTES]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "b: provider:notion → http://localhost:4000"
    assert cli.main(["routes"]) == 2
    assert "there are no routes" in capsys.readouterr().err
