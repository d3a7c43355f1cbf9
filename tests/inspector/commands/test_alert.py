"""`hookscope alert`: what is configured, and a try of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hookscope import cli


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(home: Path, *tables: str) -> None:
    text = "".join(f'[[alert]]\nname = "{number}"\n{table}\n' for number, table in enumerate(tables, 1))
    (home / "config.toml").write_text(text)


def test_the_list_says_what_each_is_about_and_whom_it_tells(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, 'share-above = "20%"\nfilter = "provider:stripe"', 'metric = "sessions"\nbelow = 1')
    assert cli.main(["alert"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1: more than 20% of provider:stripe over 5 min meet is:failed; tells desktop",
        "2: sessions below 1; tells nobody but the log",
    ]
    assert cli.main(["alert", "list", "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["alert"], first["tells"], first["place"]) == ("1", ["desktop"], f"{home / 'config.toml'}:1")


def test_a_test_tells_and_says_who_could_not_be_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "import sys; open('told', 'w').write(sys.stdin.read())"
    works = f"command = {json.dumps([sys.executable, '-S', '-c', script])}"
    write(home, f'silence = "1h"\n{works}', 'silence = "1h"\ncommand = ["/nowhere"]')
    assert cli.main(["alert", "test", "1"]) == 0
    assert capsys.readouterr().out == f"1: the command {sys.executable}: told\n"
    assert json.loads((home / "told").read_text())["state"] == "test"
    assert cli.main(["alert", "test"]) == 1
    assert "2: the command /nowhere: it cannot be started" in capsys.readouterr().out


def test_what_is_not_there_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["alert"]) == 0
    assert "there is no alert; [[alert]] in" in capsys.readouterr().out
    assert cli.main(["alert", "test", "x"]) == 2
    assert cli.main(["alert", "test"]) == 2
    assert "there is no alert 'x'" in capsys.readouterr().err


def test_a_table_that_makes_no_sense_ends_with_its_place(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, 'silence = "soon"')
    assert cli.main(["alert"]) == 2
    assert f"{home / 'config.toml'}:3, silence: 'soon' is not a duration" in capsys.readouterr().err
    assert cli.main(["listen"]) == 2


def test_a_single_table_is_told_how_to_be_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config.toml").write_text('\n[alert]\nname = "a"\n')
    assert cli.main(["list"]) == 2
    assert f"{home / 'config.toml'}:2: there is no section [alert]; write [[alert]]" in capsys.readouterr().err
