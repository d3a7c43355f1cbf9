from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.commands.perform import known_options, perform
from hookscope.config.words import COMMANDS
from hookscope_relay.errors import InputError


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_line_is_run_and_what_a_project_wanted_too_much_of_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "hookscope.toml").write_text("[listen]\nmax-backlog = 5000\n")
    seen = []
    monkeypatch.setattr("hookscope.apps.listen.listen", lambda settings: seen.append(settings) or 7)
    told: list[str] = []
    assert perform(["listen", "3000"], told.append) == 7
    assert seen[0].text("handler") == "3000"
    assert "wider than the default 100" in told[0]


def test_a_line_that_names_nothing_is_a_sentence() -> None:
    with pytest.raises(InputError, match=r"there is no command 'lisst' \(did you mean 'list'\?\)"):
        perform(["lisst"], print)


def test_every_command_says_its_options() -> None:
    known = known_options()
    assert set(known) == set(COMMANDS)
    assert "timeout" in known["listen"]
