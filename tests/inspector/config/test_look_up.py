"""What a project's file may set, and what it may not, beside what the user says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.config.look_up import USER_FILE, LookUp, Trace
from hookscope.config.option import Option
from hookscope.config.project import find_project
from hookscope.config.toml_file import read_toml
from hookscope.config.trust_record import keep_trusted
from hookscope.model.errors import RefusedForSafety

WITHIN = Option(name="within", help="", kind="duration", default=10.0)
TRUST = Option(name="allow-remote", help="", kind="flag", default=False, widens_trust=True)


class Sources:
    """A project's directory and a user's home, each with a file on demand."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.home = root / "home"
        self.project.mkdir()
        self.home.mkdir()
        (self.project / ".git").mkdir()

    def look_up(self, command: str = "listen", **environ: str) -> LookUp:
        return LookUp(environ, find_project(self.project), read_toml(self.home / USER_FILE), command, self.home)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


def test_a_commands_own_table_comes_before_the_top_level(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('within = "1s"\n[listen]\nwithin = "2s"')
    assert sources.look_up().find(WITHIN) == (2.0, "project")


@pytest.mark.parametrize("content", ["allow-remote = true", "allow_remote = true", "[listen]\nallow-remote = true"])
def test_a_project_file_never_widens_trust(sources: Sources, content: str) -> None:
    (sources.project / "hookscope.toml").write_text(content)
    with pytest.raises(RefusedForSafety, match="sets allow-remote") as caught:
        sources.look_up().find(TRUST)
    assert caught.value.exit_code == 11


@pytest.mark.parametrize(
    ("option", "project", "user", "holds"),
    [
        (Option(name="only-path", help=""), "'/'", "'/webhooks'", "/webhooks"),
        (Option(name="only-path", help=""), "'/webhooks/../'", "'/webhooks'", "/webhooks"),
        (Option(name="only-path", help=""), "'/webhooks/a'", "'/webhooks'", "/webhooks/a"),
        (Option(name="only-path", help=""), "'/webhooks'", None, "/webhooks"),
        (Option(name="max-backlog", help="", kind="whole", default=100), "1000", "10", 10),
        (Option(name="max-backlog", help="", kind="whole", default=100), "1000", None, 100),
        (Option(name="max-backlog", help="", kind="whole", default=100), "5", "10", 5),
        (Option(name="watch", help="", kind="flag"), "false", "true", True),
        (Option(name="watch", help="", kind="flag"), "true", None, True),
        (Option(name="forwarded", help="", kind="flag", default=True), "false", None, True),
    ],
)
def test_a_project_file_narrows_what_the_user_set_and_never_widens_it(
    sources: Sources, option: Option, project: str, user: str | None, holds: object
) -> None:
    (sources.project / "hookscope.toml").write_text(f"{option.name} = {project}")
    (sources.home / "config.toml").write_text(f"{option.name} = {user}" if user else "")
    look_up = sources.look_up()
    value, source = look_up.find(option)
    assert value == holds
    assert bool(look_up.notes) is (source != "project")


@pytest.mark.parametrize("name", ["relay", "public-url", "to", "endpoint", "dotenv", "secret-file", "output", "junit"])
def test_what_dials_reads_or_writes_waits_for_trust_and_a_change_asks_again(sources: Sources, name: str) -> None:
    file, option = sources.project / "hookscope.toml", Option(name=name, help="")
    file.write_text(f'{name} = "x"')
    with pytest.raises(RefusedForSafety, match=rf"hookscope.toml:1 sets {name}, which is for you to allow"):
        sources.look_up().find(option)
    keep_trusted(sources.home, find_project(sources.project))
    assert sources.look_up().find(option) in [(value, "project") for value in ("x", str(sources.project / "x"))]
    file.write_text(f'{name} = "y"')
    with pytest.raises(RefusedForSafety, match="has changed since you allowed it"):
        sources.look_up().find(option)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", ".git/hooks/pre-commit", "link/x"])
def test_a_trusted_file_names_files_inside_of_its_project_only(sources: Sources, path: str) -> None:
    (sources.project / "link").symlink_to(sources.home)
    (sources.project / "hookscope.toml").write_text(f'output = "{path}"')
    keep_trusted(sources.home, find_project(sources.project))
    with pytest.raises(RefusedForSafety, match="is not inside"):
        sources.look_up().find(Option(name="output", help=""))


def test_keys_of_the_screen_wait_for_trust(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('[keys]\nreplay = ["z"]')
    with pytest.raises(RefusedForSafety, match=r"\[keys\]"):
        sources.look_up().tables()
    assert sources.look_up("relay").tables() == {"keys": {"replay": ["z"]}}
    keep_trusted(sources.home, find_project(sources.project))
    assert sources.look_up().tables() == {"keys": {"replay": ["z"]}}


def test_a_setting_for_other_commands_is_none_of_a_relays(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("port = 1\nkeep-count = 2")
    port = Option(name="port", help="", kind="whole", default=7420)
    assert sources.look_up("relay").find(port) == (7420, "default")
    with pytest.raises(RefusedForSafety):
        sources.look_up("relay").find(Option(name="keep-count", help="", kind="whole"))


def test_a_command_about_the_file_takes_nothing_from_it(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("allow-remote = true")
    assert sources.look_up("trust").find(TRUST) == (False, "default")


def test_a_trace_says_where_it_was_and_what_was_refused(sources: Sources) -> None:
    relay = Option(name="relay", help="")
    assert sources.look_up(HOOKSCOPE_WITHIN="3").trace(WITHIN) == Trace(WITHIN, 3.0, "environment", "HOOKSCOPE_WITHIN")
    (sources.home / "config.toml").write_text('\nwithin = "1s"')
    (sources.project / "hookscope.toml").write_text('relay = "https://r.example"')
    assert sources.look_up().trace(WITHIN) == Trace(WITHIN, 1.0, "user", f"{sources.home / 'config.toml'}:2")
    found = sources.look_up().trace(relay)
    assert (found.value, found.source, found.place) == (None, "default", "")
    assert "hookscope.toml:1 sets relay, which is for you to allow" in found.refused
