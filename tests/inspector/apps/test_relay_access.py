"""Which relay is dialled, and which is shown an access token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.apps.relay_access import check_relay, read_access_token, token_for_relay
from hookscope.commands.listen import COMMAND
from hookscope.config.project import find_project
from hookscope.config.settings import Settings, resolve
from hookscope.config.trust_record import keep_trusted
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def settings_of(home: Path, given: dict[str, Any] | None = None, **environ: str) -> Settings:
    values = {"handler": None} | (given or {})
    return resolve(COMMAND.options, values, {"HOOKSCOPE_HOME": str(home), **environ}, "listen", home)


@pytest.mark.parametrize("relay", ["http://localhost:1", "http://127.0.0.1:1", "https://r.example", ""])
def test_a_relay_that_may_be_dialled(home: Path, relay: str) -> None:
    assert check_relay(settings_of(home, {"relay": relay})) == relay


def test_plain_http_beyond_this_machine_must_be_allowed(home: Path) -> None:
    with pytest.raises(RefusedForSafety, match="plain http"):
        check_relay(settings_of(home, {"relay": "http://r.example"}))
    allowed = {"relay": "http://r.example", "allow-plain-relay": True}
    assert check_relay(settings_of(home, allowed)) == "http://r.example"


def test_the_access_token_of_the_environment_comes_first(home: Path) -> None:
    (home / "token").write_text("file\n")
    given = {"access-token-file": str(home / "token")}
    assert read_access_token(settings_of(home)) == ""
    assert read_access_token(settings_of(home, given)) == "file"
    assert read_access_token(settings_of(home, given, HOOKSCOPE_ACCESS_TOKEN="env ")) == "env"
    (home / "token").write_text(" \n")
    with pytest.raises(InputError, match="is empty"):
        read_access_token(settings_of(home, given))


OURS, THEIRS = "https://ours.example", "https://theirs.example"


@pytest.mark.parametrize(
    ("project", "user", "flag", "environ", "token"),
    [
        ("", "", "", "env", ""),  # an embedded relay asks for none
        ("", "", OURS, "env", "env"),
        ("", OURS, "", "env", "env"),
        (THEIRS, "", "", "env", ""),
        (THEIRS, OURS, "", "env", ""),
        (OURS, OURS, "", "env", "env"),
        (THEIRS, "", OURS, "env", "env"),
        ("", OURS, "", "", "file"),
        ("", OURS, THEIRS, "", ""),
        (THEIRS, OURS, "", "", ""),
        (OURS, OURS, "", "", "file"),
        ("", "", OURS, "", "file"),
    ],
)
def test_a_token_goes_to_the_relay_that_its_user_named_beside_it(
    home: Path, project: str, user: str, flag: str, environ: str, token: str
) -> None:
    (home / "token").write_text("file")
    (home / "config.toml").write_text((f'relay = "{user}"\n' if user else "") + f'access-token-file = "{home}/token"\n')
    if project:
        (home / "hookscope.toml").write_text(f'relay = "{project}"\n')
        keep_trusted(home, find_project(home))
    given = {"relay": flag} if flag else {}
    settings = settings_of(home, given, **({"HOOKSCOPE_ACCESS_TOKEN": environ} if environ else {}))
    shown, why = token_for_relay(settings)
    assert shown == token
    assert bool(why) is (not token and bool(settings.text("relay")))
