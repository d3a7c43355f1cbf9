"""A hostile repository: whatever its hookscope.toml says, nothing is written, dialled, sent or answered for its user.

`make attack` tries every option of every command; `make test` those that once broke in.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope import cli
from hookscope.commands.command import load
from hookscope.config.look_up import OF_THE_FILE
from hookscope.config.option import Option
from hookscope.config.project import NEVER, way_of
from hookscope.config.settings import resolve
from hookscope.config.words import COMMANDS
from hookscope.model.errors import RefusedForSafety

WHOLE = os.environ.get("HOOKSCOPE_ATTACK") == "whole"
VICTIM = "# the user's own file\n"


@pytest.fixture
def victim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOOKSCOPE_ACCESS_TOKEN", "SECRET-TOKEN")
    (tmp_path / "repo").mkdir()
    monkeypatch.chdir(tmp_path / "repo")
    file = tmp_path / "profile"
    file.write_text(VICTIM)
    return file


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


ATTACKS = {
    "export output": ('[export]\noutput = "{victim}"\nforce = true\nas = "raw"', ["export", "last"]),
    "export output outside of the table": ('output = "{victim}"\nforce = true', ["export", "last"]),
    "check junit": ('[check]\njunit = "{victim}"', ["check", "1/x", "--provider", "notion", "--only", "methods"]),
    "sign make-key": ('[sign]\nmake-key = "{victim}"', ["sign", "--provider", "wise", "--body", "{victim}"]),
    "listen relay": ('relay = "{url}"', ["listen", "1", "--json"]),
    "listen public-url": ('[listen]\npublic-url = "{url}"', ["listen", "1", "--json"]),
    "doctor relay": ('relay = "{url}"', ["doctor"]),
    "send relay": ('relay = "{url}"', ["send", "gitlab", "Push Hook"]),
    "send to and secret-file": ('[send]\nto = "{url}"\nsecret-file = "{victim}"', ["send", "gitlab", "Push Hook"]),
    "send dotenv": ('[send]\ndotenv = "{victim}"', ["send", "gitlab", "Push Hook", "--to", "{url}"]),
    "send scheme": ('[send]\nscheme = "gitlab-token"', ["send", "gitlab", "Push Hook", "--to", "{url}"]),
    "replay body": ('[replay]\nbody = "{victim}"\nto = "{url}"', ["replay", "last"]),
    "listen yes": ("[listen]\nyes = true", ["listen", "1", "--json"]),
    "probe yes": ("[probe]\nyes = true", ["probe", "last"]),
    "another secret's provider": (
        '[[providers.github.scheme]]\nkind = "token"\nheader = "X-Leak"',
        ["send", "github", "push", "--to", "{url}"],
    ),
}


@pytest.mark.parametrize(("text", "command"), ATTACKS.values(), ids=ATTACKS)
def test_what_a_project_wants_is_refused_before_anything_happens(
    victim: Path, stranger: socket.socket, text: str, command: list[str]
) -> None:
    url = f"http://127.0.0.1:{stranger.getsockname()[1]}"
    Path("hookscope.toml").write_text(text.format(victim=victim, url=url))
    assert cli.main([word.format(victim=victim, url=url) for word in command]) == 11
    assert victim.read_text() == VICTIM
    with pytest.raises(BlockingIOError):
        stranger.accept()


def every_option() -> list[tuple[str, Option]]:
    found = [(name, option) for name in COMMANDS for option in load(name).options]
    return found if WHOLE else [(name, option) for name, option in found if name in ("listen", "export")]


@pytest.mark.parametrize(("command", "option"), every_option(), ids=lambda one: getattr(one, "name", one))
@pytest.mark.parametrize("place", ["", "[{command}]\n"])
def test_every_option_that_is_not_listed_is_refused(tmp_path: Path, command: str, option: Option, place: str) -> None:
    """The rule is a list of what is safe: an option that is added tomorrow is refused until somebody lists it."""
    value = {"flag": "true", "text": '"x"', "name": '"x"'}.get(option.kind, '"1"')
    if option.choices:
        value = f'"{option.choices[0]}"'
    (tmp_path / "hookscope.toml").write_text(place.format(command=command) + f"{option.name} = {value}\n")
    way = None if option.widens_trust else way_of(command, option.name)
    environ = {"HOOKSCOPE_HOME": str(tmp_path / "home")}
    if way in ("choose", "on", "off", "least", "below") or (command in NEVER and not place):
        return
    if command in OF_THE_FILE:
        assert resolve([option], {}, environ, command, tmp_path).sources[option.name] == "default"
        return
    with pytest.raises(RefusedForSafety):
        resolve([option], {}, environ, command, tmp_path)
