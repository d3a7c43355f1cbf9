"""`hookscope trust`: what a project's file wants, and the user's word on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope import cli


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


RELAY = 'relay = "https://relay.example.org"\n'


def test_it_shows_what_is_wanted_and_keeps_the_users_word(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").write_text(
        RELAY + 'only-path = "/hooks"\n[listen]\nyes = true\n[export]\noutput = "\\u001b[31mx"\n'
    )
    assert cli.main(["endpoint", "list"]) == 11
    assert cli.main(["trust"]) == 11
    out, err = capsys.readouterr()
    assert "  relay = 'https://relay.example.org'" in out
    assert "refused, whatever you say here: give it yourself:\n  [listen] yes = True" in out
    assert "not allowed" in err
    assert "\x1b" not in out
    assert cli.main(["trust", "--yes"]) == 0
    assert cli.main(["trust"]) == 0
    assert "allowed already" in capsys.readouterr().out
    assert cli.main(["endpoint", "list"]) == 0


def test_a_change_asks_again_and_trust_can_be_taken_back(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").write_text(RELAY)
    assert cli.main(["trust", "-y"]) == 0
    (project / "hookscope.toml").write_text(RELAY.replace("relay.", "evil."))
    assert cli.main(["endpoint", "list"]) == 11
    assert "has changed since you allowed it" in capsys.readouterr().err
    assert cli.main(["trust", "-y"]) == 0
    assert cli.main(["trust", "--remove"]) == 0
    assert cli.main(["endpoint", "list"]) == 11


def test_it_does_not_ask_where_nothing_waits(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").write_text('only-path = "/hooks"\n')
    assert cli.main(["trust"]) == 0
    assert "nothing in it waits for your word" in capsys.readouterr().out
    (project / "hookscope.toml").unlink()
    assert cli.main(["trust"]) == 2


def test_a_project_cannot_allow_itself(project: Path) -> None:
    (project / "hookscope.toml").write_text(RELAY + "yes = true\n[trust]\nyes = true\n")
    assert cli.main(["trust"]) == 11


def test_a_misspelt_section_stops_every_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "hookscope.toml").write_text('[redation]\nfields = ["iban"]\n')
    for command in (["doctor"], ["list"], ["report", "last"], ["rules"]):
        assert cli.main(command) == 2
        assert "hookscope.toml:1: there is no section [redation]; did you mean redaction?" in capsys.readouterr().err


def test_a_project_may_add_a_provider_and_not_replace_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scheme = '[[providers.{0}.scheme]]\nkind = "token"\nheader = "X-Leak"\n'
    (project / "hookscope.toml").write_text(scheme.format("acme"))
    assert cli.main(["providers", "acme"]) == 0
    (project / "hookscope.toml").write_text(scheme.format("github"))
    assert cli.main(["providers", "acme"]) == 11
    assert "is known already" in capsys.readouterr().err
