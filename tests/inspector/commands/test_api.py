from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from api_stand_in import HIDDEN, PAGE, TOKEN, notion, standing_in
from factories import make_delivery
from hookscope import cli
from hookscope.config.settings import places
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NOTION_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def fill(home: Path) -> None:
    store = CaptureStore.open(places({"HOOKSCOPE_HOME": str(home / "home")}).captures)
    for page in (PAGE, HIDDEN):
        recognition = Recognition(provider="notion", event_type="page.created", object_id=page)
        await store.keep(make_delivery(), origin="live", recognition=recognition)
    store.close()


def test_a_token_that_is_accepted_and_does_not_see_all(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill(home))
    monkeypatch.setenv("NOTION_TOKEN", TOKEN)
    with standing_in(notion) as api:
        code = cli.main(["api", "check", f"notion={api.url}"])
        out = capsys.readouterr().out
        assert code == 1
        assert "accepted   yes: id " + PAGE in out
        assert "sees       1 of 2 objects of recent deliveries" in out
        assert f"does not see {HIDDEN} (#2)" in out
        assert TOKEN not in out
        cli.main(["api", "check", f"notion={api.url}"])
        assert "accepted before, the last time at" in capsys.readouterr().out
    assert [path for _, path in api.asked[:3]] == ["/v1/users/me", f"/v1/pages/{HIDDEN}", f"/v1/pages/{PAGE}"]
    assert all(method == "GET" for method, _ in api.asked)
    assert all(TOKEN.encode() not in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_another_token_than_the_one_that_worked(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    env = home / ".env"
    with standing_in(notion) as api:
        env.write_text(f"NOTION_TOKEN={TOKEN}\n")
        assert cli.main(["api", "check", f"notion={api.url}", "--dotenv", str(env)]) == 0
        env.write_text(f"NOTION_TOKEN='\"{TOKEN[:-1]}x\"'\n")
        capsys.readouterr()
        assert cli.main(["api", "check", f"notion={api.url}", "--dotenv", str(env), "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
    assert found["accepted"] is False
    assert found["another_worked"]
    assert found["findings"][0]["cause"] == "token-malformed"


def test_what_a_delivery_names_is_fetched(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    asyncio.run(fill(home))
    monkeypatch.setenv("NOTION_TOKEN", TOKEN)
    with standing_in(notion) as api:
        assert cli.main(["api", "enrich", "1", "--base", api.url]) == 0
        assert json.loads(capsysbinary.readouterr().out)["object"] == "page"
        assert cli.main(["api", "enrich", "2", "--base", api.url]) == 1
        assert b"does not find the object" in capsysbinary.readouterr().err


def test_a_token_that_no_header_can_hold_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTION_TOKEN", TOKEN + "\n")
    assert cli.main(["api", "check", "notion=http://127.0.0.1:9"]) == 1
    assert "ends in a line break" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "notion"], "no token of Notion is known"),
        (["check", "shopify"], "no call that says whose"),
        (["check", "nobody"], "no API is known as"),
        (["check", "notion", "--dotenv", "none"], "cannot be read"),
        (["enrich", "9"], "there is no capture"),
    ],
)
def test_what_cannot_be_checked_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert cli.main(["api", *arguments]) in (2, 10)
    assert words in capsys.readouterr().err
