"""Whose alerts hold: the user's, and a project's once that is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope import cli
from hookscope.apps.alerts import read_alerts
from hookscope.commands import alert, listen, relay
from hookscope.config.settings import Settings, resolve
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

MINE = '[[alert]]\nname = "mine"\nsilence = "1h"\n[[alert]]\nname = "both"\nsilence = "1h"\n'
THEIRS = (
    '[[alert]]\nname = "both"\nsilence = "2h"\n[[alert]]\nname = "theirs"\nsilence = "1h"\ncommand = ["x"]\n'
    '[[alert]]\nname = "relay"\nmetric = "sessions"\nbelow = 1\n'
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    (tmp_path / "home" / "config.toml").write_text(MINE)
    return folder


def settings(project: Path, command: str) -> Settings:
    options = {"listen": listen, "alert": alert, "relay": relay}[command].COMMAND.options
    environ = {"HOOKSCOPE_HOME": str(project.parent / "home")}
    return resolve(options, {}, environ, command, project)


@pytest.mark.parametrize("command", ["listen", "alert"])
def test_a_projects_alerts_wait_for_trust_and_then_give_way_to_the_users(
    project: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "hookscope.toml").write_text(THEIRS)
    with pytest.raises(RefusedForSafety, match=r"hookscope\.toml:1 sets \[alert\]"):
        settings(project, command)
    assert cli.main(["trust", "--yes"]) == 0
    assert "'command': ['x']" in capsys.readouterr().out
    found = {one.name: one for one in read_alerts(settings(project, command), "filter")}
    assert sorted(found) == ["both", "mine", "theirs"]
    assert (found["both"].bound, found["theirs"].command) == (3600.0, ("x",))


def test_a_project_has_no_say_in_a_relay(project: Path) -> None:
    (project / "hookscope.toml").write_text(THEIRS)
    assert read_alerts(settings(project, "relay"), "metric") == ()


def test_other_commands_go_on_without_trust(project: Path) -> None:
    (project / "hookscope.toml").write_text(THEIRS)
    assert cli.main(["endpoint", "list"]) == 0


def test_a_secret_is_read_beside_the_file_that_names_it(project: Path) -> None:
    home = project.parent / "home"
    table = '[[alert]]\nname = "a"\nsilence = "1h"\nwebhook = "https://a.example"\nsecret-file = "key"\n'
    (home / "config.toml").write_text(table)
    with pytest.raises(InputError, match=r"config\.toml:5, secret-file: 'key' cannot be read"):
        read_alerts(settings(project, "listen"), "filter")
    (home / "key").write_text("whsec_c2VjcmV0\n")
    (found,) = read_alerts(settings(project, "listen"), "filter")
    assert found.webhook is not None
    assert found.webhook.secret == b"secret"


def test_without_alerts_there_are_none(project: Path) -> None:
    (project.parent / "home" / "config.toml").unlink()
    assert read_alerts(settings(project, "listen"), "filter") == ()
