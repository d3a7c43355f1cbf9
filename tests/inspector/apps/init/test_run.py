from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from hookscope.apps.init.run import write
from hookscope.cli import main
from hookscope_relay.errors import CannotWrite

WITHIN_S = 20.0


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    (folder / "requirements.txt").write_text("flask\n")
    (folder / ".flaskenv").write_text("FLASK_RUN_PORT=5055\n")
    (folder / ".env").write_text("STRIPE_WEBHOOK_SECRET=whsec_abc\n")
    return folder


def test_without_a_terminal_nothing_is_asked_and_what_was_found_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == 0
    out, err = capsys.readouterr()
    text = (project / "hookscope.toml").read_text()
    assert out == text
    assert "found Flask: port 5055 (.flaskenv)" in err
    assert tomllib.loads(text) == {
        "dotenv": ".env",
        "listen": {"to": "5055"},
        "check": {"provider": "stripe"},
        "save": {"fixtures": "tests/fixtures"},
    }
    assert "whsec" not in text


def test_what_init_writes_is_what_listen_takes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--only-path", "/hooks"]) == 0
    capsys.readouterr()
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    lines = (project / "hookscope.toml").read_text().splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if line.startswith("to = ")]
    (told,) = [line.split() for line in said.splitlines() if line.startswith("  to ")]
    assert told == ["to", "5055", f"{project}/hookscope.toml:{number}"]
    assert "only-path" in said.partition("defaults:")[0]
    assert "(you allowed it)" in said
    assert main(["save", "last"]) == 10  # the folder is known; there is no capture yet


def test_a_file_that_is_there_is_not_replaced_unasked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").write_text('dotenv = "other.env"\n')
    assert main(["init"]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["init", "--plan"]) == 0
    assert "[listen]" in capsys.readouterr().out
    assert (project / "hookscope.toml").read_text() == 'dotenv = "other.env"\n'
    assert main(["init", "--force", "--handler", "3000", "--provider", "github", "--redact", "a.b"]) == 0
    table = tomllib.loads((project / "hookscope.toml").read_text())
    assert (table["listen"]["to"], table["check"]["provider"], table["redaction"]["fields"]) == (
        "3000",
        "github",
        ["a.b"],
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--handler", "99999"], "a port is a number"),
        (["--provider", "githup"], "did you mean github"),
        (["--dotenv", "../.env"], "is not inside"),
        (["--fixtures", "/tmp/elsewhere"], "is not inside"),
        (["--only-path", "hooks"], "begin it with /"),
        (["--route", "nonsense"], "nonsense"),
    ],
)
def test_nonsense_writes_nothing(
    arguments: list[str], says: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (project / "hookscope.toml").exists()


def test_a_folder_that_cannot_be_written_is_said(project: Path) -> None:
    with pytest.raises(CannotWrite, match="cannot be written"):
        write(project / "nowhere/hookscope.toml", "")


# A question, and the answer to it.
DIALOGUE = [
    ("Your handler", "5055/webhooks"),
    ("Routes, as", "provider:stripe -> 3001"),
    ("Path that senders may reach", "/webhooks"),
    ("Who sends", ""),
    ("A .env file", ""),
    ("Fields to redact", "customer.name"),
    ("Where fixtures go", ""),
]


def talk(project: Path, dialogue: list[tuple[str, str]]) -> tuple[str, int]:
    """What is shown on a terminal and the exit code of a dialogue."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hookscope.cli", "init"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=project
    )
    os.close(theirs)
    shown, end = "", time.monotonic() + WITHIN_S
    for question, answer in dialogue:
        while question not in shown.rpartition("\x00")[2]:
            assert time.monotonic() < end, shown
            if select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536).decode()
        shown += "\x00"
        os.write(ours, f"{answer}\n".encode())
    code = process.wait(WITHIN_S)
    while select.select([ours], [], [], 0)[0]:
        try:
            shown += os.read(ours, 65536).decode()
        except OSError:  # nobody holds the other end any more
            break
    os.close(ours)
    return shown, code


def test_a_dialogue_writes_what_was_agreed_to(project: Path) -> None:
    shown, code = talk(project, [*DIALOGUE, ("Write this to", "")])
    assert code == 0
    assert "written to" in shown
    assert tomllib.loads((project / "hookscope.toml").read_text()) == {
        "dotenv": ".env",
        "listen": {"to": "5055/webhooks", "route": ["provider:stripe -> 3001"], "only-path": "/webhooks"},
        "check": {"provider": "stripe"},
        "save": {"fixtures": "tests/fixtures"},
        "redaction": {"fields": ["customer.name"]},
    }


def test_a_dialogue_replaces_nothing_unless_told_so(project: Path) -> None:
    (project / "hookscope.toml").write_text("# mine\n")
    shown, code = talk(project, [*DIALOGUE, ("which is there already?", "")])
    assert code == 1
    assert "nothing was written" in shown
    assert (project / "hookscope.toml").read_text() == "# mine\n"
