from __future__ import annotations

from pathlib import Path

import pytest

from factories import make_delivery, make_ring
from hookscope.cli import main
from hookscope.commands.command import load
from hookscope.commands.complete import ARGUMENTS, OPTIONS, answer
from hookscope.config.words import COMMANDS
from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope_relay.keys.endpoint_key import dumps


@pytest.fixture(autouse=True)
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = CaptureStore.open(tmp_path / "captures.db")
    hostile = make_delivery(target="/webhooks/\x1b[2J\tnotion")
    await store.keep(hostile, origin="live", recognition=Recognition(provider="notion", event_type="page.created"))
    store.close()
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "endpoints/staging.key").write_text(dumps(make_ring()))
    (tmp_path / "tests/fixtures/notion").mkdir(parents=True)
    (tmp_path / "tests/fixtures/notion/page.created-3f9a.json").write_text("{}")
    return tmp_path


CASES = [
    ("", "none", {"demo", "listen", "list", "--help"}, set()),
    ("lis", "none", {"listen", "list"}, {"demo"}),
    ("help re", "none", {"relay", "report", "replay"}, {"--help"}),
    ("listen --re", "none", {"--relay", "--respond"}, {"--port"}),
    ("listen --relay https://r --re", "none", {"--respond"}, {"--relay"}),
    ("listen --only-from 10.0.0.0/8 --only", "none", {"--only-from"}, set()),
    ("3000 --pl", "none", {"--plain"}, set()),
    ("listen --away ", "none", {"store", "refuse"}, {"last"}),
    ("listen --away=st", "none", {"--away=store"}, {"--away=refuse"}),
    ("listen --public=t", "none", {"--public=tailscale"}, set()),
    ("listen --no-f", "none", {"--no-forwarded"}, set()),
    ("listen --endpoint ", "none", {"staging"}, set()),
    ("listen --dotenv ", "files", set(), {"staging"}),
    ("listen --until sta", "none", {"status:"}, set()),
    ("listen --plain --endpoint=s", "none", {"--endpoint=staging"}, set()),
    ("show ", "none", {"last", "1"}, set()),
    ("show last ", "none", set(), {"last", "1"}),
    ("replay 1 ", "files", {"last", "tests/fixtures/notion/page.created-3f9a.json"}, set()),
    ("replay last --provider not", "none", {"notion"}, {"github"}),
    ("verify tests/f", "files", {"tests/fixtures/notion/page.created-3f9a.json"}, {"last"}),
    ("save 1 ", "folders", {"last"}, set()),
    ("list status:4", "none", {"status:4xx"}, set()),
    ("list is:failed provider:notio", "none", {"provider:notion"}, set()),
    ("send noti", "none", {"notion"}, set()),
    ("send notion page.", "none", {"page.created"}, set()),
    ("send ../secret ", "none", set(), set()),
    ("secret ", "none", {"set", "list", "forget"}, {"notion"}),
    ("secret set not", "none", {"notion"}, set()),
    ("endpoint rotate ", "none", {"staging"}, set()),
    ("rules csrf", "none", {"csrf.refused"}, set()),
    ("api check not", "none", {"notion"}, set()),
    ("completion ", "none", {"bash", "zsh", "fish", "powershell"}, set()),
    ("nonsense ", "none", set(), {"demo"}),
]


@pytest.mark.parametrize(("typed", "paths", "offered", "left_out"), CASES, ids=[typed for typed, *_ in CASES])
def test_what_could_come_next(
    typed: str, paths: str, offered: set[str], left_out: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    *before, current = typed.split(" ")
    assert main(["__complete", *before, f"={current}"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    words = {line.partition("\t")[0] for line in lines}
    assert first == paths
    assert offered <= words
    assert not left_out & words
    assert all(word.startswith(current) for word in words)


def test_what_a_sender_wrote_is_inert_and_stays_one_line() -> None:
    (line,) = [line for line in answer(["show", "=1"]).splitlines() if line.startswith("1\t")]
    assert "\x1b" not in line
    assert line.count("\t") == 1
    assert "notion page.created" in line


def test_a_broken_configuration_still_leaves_our_own_providers(home: Path) -> None:
    (home / "config.toml").write_text("x = ")
    assert "notion\tNotion" in answer(["providers", "=noti"])


def test_the_tables_name_arguments_and_options_that_there_are() -> None:
    commands = [load(name) for name in COMMANDS]
    arguments = {name for one in commands for a in one.arguments for name in (a.name, f"{one.name} {a.name}")}
    assert set(ARGUMENTS) <= arguments
    assert set(OPTIONS) <= {option.name for one in commands for option in one.options}
