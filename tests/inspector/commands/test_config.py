from __future__ import annotations

import json
from pathlib import Path

import pytest

from hookscope.cli import main


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOOKSCOPE_DEADLINE", "9s")
    monkeypatch.chdir(folder)
    (tmp_path / "home/config.toml").write_text('[listen]\nmax-backlog = 5\nonly-path = "/a"\n')
    (folder / "hookscope.toml").write_text(
        "[listen]\n"
        'timeout = "7s"\n'
        "max-backlog = 50\n"
        "yes = true\n"
        'relay = "https://relay.example.org"\n'
        'provider = "\\u001b[2Jx"\n'
    )
    return folder


def settings(capsys: pytest.CaptureFixture[str], *line: str) -> dict[str, dict[str, object]]:
    assert main(["config", "--json", *line]) == 0
    return {one["name"]: one for one in map(json.loads, capsys.readouterr().out.splitlines())}


def test_each_value_has_its_source(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = settings(capsys, "--", "listen", "3000", "--port", "7000")
    home = project.parent / "home"
    rows = ("port", "deadline", "timeout", "only-path", "endpoint")
    assert [(found[name]["value"], found[name]["source"], found[name]["place"]) for name in rows] == [
        (7000, "flag", "--port"),
        (9.0, "environment", "HOOKSCOPE_DEADLINE"),
        (7.0, "project", f"{project}/hookscope.toml:2"),
        ("/a", "user", f"{home}/config.toml:3"),
        ("default", "default", ""),
    ]


def test_what_a_project_may_not_set_is_told_beside_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    found = settings(capsys)
    assert (found["yes"]["value"], found["relay"]["value"], found["max-backlog"]["value"]) == (False, None, 5)
    assert "that is yours alone" in str(found["yes"]["refused"])
    assert "`hookscope trust`" in str(found["relay"]["refused"])
    assert "wider than your own 5" in str(found["max-backlog"]["refused"])
    assert "refused" not in found["timeout"]


def test_a_person_sees_what_is_set_then_what_is_refused_then_the_defaults(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    parts = (
        "hookscope listen\nset:",
        "timeout            7s",
        "not taken from",
        "relay ",
        "defaults:",
        "forwarded          on",
        "files:",
    )
    assert sorted(parts, key=said.index) == list(parts)
    assert f"{project}/hookscope.toml (waits for `hookscope trust`)" in said
    assert "\x1b" not in said


def test_routes_and_alerts_stand_there_with_their_places(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    user = project.parent / "home/config.toml"
    user.write_text(
        '[[route]]\nname = "pay"\nmatch = "path:/a"\nhandler = "1"\n[[alert]]\nname = "\\u001bq"\nsilence = "1h"\n'
    )
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    assert f"[[route]]:\n  pay                match = path:/a, handler = 1  {user}:1\n" in said
    assert "[[alert]]:\n" in said and f"silence = 1h  {user}:5\n" in said and "\x1b" not in said
    assert main(["config", "relay"]) == 0
    said = capsys.readouterr().out
    assert "[[alert]]:" in said and "[[route]]" not in said
    assert main(["config", "--", "listen", "--route", "path:/b -> 2"]) == 0
    assert "[[route]]" not in capsys.readouterr().out
    (project / "hookscope.toml").write_text('[[route]]\nhandler = "1"\n')
    assert main(["config"]) == 0
    assert "[[route]], which is for you to allow" in capsys.readouterr().out


def test_another_command_and_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert "limit" in settings(capsys, "list")
    assert main(["config", "lisst"]) == 2
    assert "there is no command 'lisst'" in capsys.readouterr().err
    assert main(["config", "--", "listen", "--nonsense"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def test_without_files_it_says_how_to_get_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").unlink()
    assert main(["config"]) == 0
    assert "`hookscope init` writes one" in capsys.readouterr().out
