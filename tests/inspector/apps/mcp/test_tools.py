from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.mcp.tools import TOOLS
from hookscope.commands.command import load
from hookscope.commands.parser import read_line
from hookscope_relay.errors import InputError

BY_NAME = {tool.name: tool for tool in TOOLS}
# What an agent gives, and the command line that it stands for.
LINES: list[tuple[str, dict[str, Any], str]] = [
    ("list", {}, "list --json --limit=20 --"),
    ("list", {"filter": "is:failed -status:5xx", "limit": 3}, "list --json --limit=3 -- is:failed -status:5xx"),
    ("show", {"capture": "last"}, "show --json --redacted -- last"),
    ("diagnose", {"capture": 7}, "diagnose --json -- 7"),
    ("verify", {"capture": "01abc", "provider": "notion"}, "verify --json --provider=notion -- 01abc"),
    ("probe", {"capture": "7", "to": "3000"}, "probe --json --yes --to=3000 -- 7"),
    ("replay", {"capture": "7", "resign": True}, "replay --json --resign -- 7"),
    ("check", {"handler": "3000/a", "provider": "notion"}, "check --json --provider=notion -- 3000/a"),
    ("save", {"capture": "7"}, "save --json -- 7 ./tests/fixtures"),
    ("wait", {"filter": "is:failed", "timeout_s": 5}, "wait --json --timeout=5s -- is:failed"),
]


@pytest.mark.parametrize(("name", "given", "line"), LINES, ids=[line for *_, line in LINES])
def test_a_tool_is_a_command_line_that_its_command_takes(name: str, given: dict[str, Any], line: str) -> None:
    words = list(BY_NAME[name].line(given))
    assert " ".join(words) == line
    command, values = read_line({name: load(name)}, words)
    assert command.name == name
    widening = {option.name for option in command.options if option.widens_trust}
    assert not widening & set(values)


def test_every_tool_is_tried() -> None:
    assert {name for name, *_ in LINES} == set(BY_NAME)


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("show", {"capture": "--body"}),
    ("show", {"capture": "../secrets.toml"}),
    ("show", {"capture": "/etc/passwd"}),
    ("show", {"capture": ""}),
    ("show", {"capture": ["1"]}),
    ("show", {"capture": True}),
    ("verify", {"capture": "1", "provider": "--secret-file=/etc/passwd"}),
    ("list", {"limit": 100_000}),
    ("list", {"limit": "1"}),
    ("list", {"filter": "x" * 5000}),
    ("save", {"capture": "1", "directory": "/etc"}),
    ("save", {"capture": "1", "directory": "../../up"}),
    ("save", {"capture": "1", "directory": ".git/hooks"}),
    ("save", {"capture": "1", "directory": ".GIT/hooks"}),
    ("wait", {"timeout_s": 10_000}),
    ("diagnose", {"capture": "2abc"}),
    ("verify", {"capture": "2abc"}),
    ("replay", {"capture": "2abc"}),
    ("probe", {"capture": "1", "to": "what-was-read.evil.example:80"}),
    ("replay", {"capture": "1", "to": "http://169.254.169.254/"}),
    ("replay", {"capture": "1", "to": "localhost.evil.example:80"}),
    ("check", {"handler": "evil.example:80", "provider": "a"}),
    ("check", {"handler": "--junit=x", "provider": "a"}),
]


@pytest.mark.parametrize(("name", "given"), HOSTILE, ids=[str(given)[:40] for _, given in HOSTILE])
def test_what_an_agent_must_not_say_is_a_sentence(
    name: str, given: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2abc").write_text("a file of the repository")
    for line in filter(None, (BY_NAME[name].line, BY_NAME[name].shown)):
        with pytest.raises(InputError):
            line(given)


def test_a_number_and_last_are_captures_whatever_files_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("1", "last"):
        (tmp_path / name).write_text("a file of the repository")
        assert BY_NAME["diagnose"].line({"capture": name})[-1] == name
    assert BY_NAME["diagnose"].line({"capture": "3abc"})[-1] == "3abc"


@pytest.mark.parametrize("handler", ["3000", ":3000/x", "localhost:3000", "http://127.0.0.1:3000/x", "[::1]:3000"])
def test_a_handler_on_this_machine_is_taken(handler: str) -> None:
    assert f"--to={handler}" in BY_NAME["replay"].line({"capture": "1", "to": handler})


def test_text_is_never_taken_for_an_option() -> None:
    _, values = read_line({"list": load("list")}, BY_NAME["list"].line({"filter": "--limit=9 -is:failed"}))
    assert values["filter"] == ["--limit=9", "-is:failed"]


def test_what_acts_says_so_and_is_shown_or_refused_else() -> None:
    assert {tool.name for tool in TOOLS if tool.acts} == {"probe", "replay", "check", "save"}
    plan = BY_NAME["probe"].shown
    assert plan is not None
    assert "--plan" in plan({"capture": "1"})
    assert "--yes" not in plan({"capture": "1"})
