"""Where the value of an option comes from, and what it may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.config.project import find_project
from hookscope.config.settings import (
    Option,
    Settings,
    parse_value,
    places,
    resolve,
)
from hookscope.config.trust_record import keep_trusted
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

WITHIN = Option(name="within", help="", kind="duration", default=10.0)
TRUST = Option(name="allow-remote", help="", kind="flag", default=False, widens_trust=True)
MANY = Option(name="only", help="", repeat=True)


class Sources:
    """A project's directory and a user's home, each with a file on demand."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.home = root / "home"
        self.project.mkdir()
        self.home.mkdir()
        (self.project / ".git").mkdir()

    @property
    def environ(self) -> dict[str, str]:
        return {"HOOKSCOPE_HOME": str(self.home)}

    def resolve(self, *options: Option, given: Any = None, **environ: str) -> Settings:
        return resolve(options, given or {}, environ | self.environ, "listen", self.project)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


def test_flag_then_environment_then_project_then_user_then_default(sources: Sources) -> None:
    assert sources.resolve(WITHIN)["within"] == 10.0
    (sources.home / "config.toml").write_text('within = "1s"')
    assert sources.resolve(WITHIN)["within"] == 1.0
    (sources.project / "hookscope.toml").write_text('within = "2s"')
    assert sources.resolve(WITHIN)["within"] == 2.0
    assert sources.resolve(WITHIN).sources["within"] == "project"
    assert sources.resolve(WITHIN, HOOKSCOPE_WITHIN="3")["within"] == 3.0
    assert sources.resolve(WITHIN, given={"within": 4.0}, HOOKSCOPE_WITHIN="3")["within"] == 4.0


def test_a_commands_own_table_comes_before_the_top_level(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('within = "1s"\n[listen]\nwithin = "2s"')
    assert sources.resolve(WITHIN)["within"] == 2.0


@pytest.mark.parametrize("content", ["allow-remote = true", "allow_remote = true", "[listen]\nallow-remote = true"])
def test_a_project_file_never_widens_trust(sources: Sources, content: str) -> None:
    (sources.project / "hookscope.toml").write_text(content)
    with pytest.raises(RefusedForSafety, match="sets allow-remote") as caught:
        sources.resolve(TRUST)
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
    settings = sources.resolve(option)
    assert settings[option.name] == holds
    assert bool(settings.notes) is (settings.sources[option.name] != "project")


@pytest.mark.parametrize("name", ["relay", "public-url", "to", "endpoint", "dotenv", "secret-file", "output", "junit"])
def test_what_dials_reads_or_writes_waits_for_trust_and_a_change_asks_again(sources: Sources, name: str) -> None:
    file, option = sources.project / "hookscope.toml", Option(name=name, help="")
    file.write_text(f'{name} = "x"')
    with pytest.raises(RefusedForSafety, match=rf"hookscope.toml:1 sets {name}, which is for you to allow"):
        sources.resolve(option)
    keep_trusted(sources.home, find_project(sources.project))
    assert sources.resolve(option).text(name) in ("x", str(sources.project / "x"))
    assert sources.resolve(option).sources[name] == "project"
    file.write_text(f'{name} = "y"')
    with pytest.raises(RefusedForSafety, match="has changed since you allowed it"):
        sources.resolve(option)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", ".git/hooks/pre-commit", "link/x"])
def test_a_trusted_file_names_files_inside_of_its_project_only(sources: Sources, path: str) -> None:
    (sources.project / "link").symlink_to(sources.home)
    (sources.project / "hookscope.toml").write_text(f'output = "{path}"')
    keep_trusted(sources.home, find_project(sources.project))
    with pytest.raises(RefusedForSafety, match="is not inside"):
        sources.resolve(Option(name="output", help=""))


def test_keys_of_the_screen_wait_for_trust(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('[keys]\nreplay = ["z"]')
    with pytest.raises(RefusedForSafety, match=r"\[keys\]"):
        sources.resolve()
    keep_trusted(sources.home, find_project(sources.project))
    assert sources.resolve().project["keys"] == {"replay": ["z"]}


def test_a_setting_for_other_commands_is_none_of_a_relays(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("port = 1\nkeep-count = 2")
    port = Option(name="port", help="", kind="whole", default=7420)
    where = {"HOOKSCOPE_HOME": str(sources.home)}
    assert resolve([port], {}, where, "relay", sources.project)["port"] == 7420
    with pytest.raises(RefusedForSafety):
        resolve([Option(name="keep-count", help="", kind="whole")], {}, where, "relay", sources.project)


def test_the_user_file_and_the_environment_may_widen_trust(sources: Sources) -> None:
    assert sources.resolve(TRUST, HOOKSCOPE_ALLOW_REMOTE="yes").flag("allow-remote")
    (sources.home / "config.toml").write_text("allow-remote = true")
    assert sources.resolve(TRUST).flag("allow-remote")


@pytest.mark.parametrize("content", [b"x = ", b"\xff", b"[a\n"])
@pytest.mark.parametrize("place", ["project/hookscope.toml", "home/config.toml"])
def test_a_broken_file_is_named(sources: Sources, place: str, content: bytes) -> None:
    path = sources.project.parent / place
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not valid TOML") as caught:
        sources.resolve(WITHIN)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("place", ["project/hookscope.toml", "home/config.toml"])
def test_a_misspelt_setting_is_refused_with_the_right_one(sources: Sources, place: str) -> None:
    path = sources.project.parent / place
    path.write_text('[listen]\nwithn = "x"')
    with pytest.raises(InputError, match="did you mean within") as caught:
        resolve([WITHIN], {}, sources.environ, "listen", sources.project, lambda: {"listen": {"within"}})
    assert f"{path}:2" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "environ", "value"),
    [
        ('only = ["a", "b"]', {}, ["a", "b"]),
        ('only = "a"', {}, ["a"]),
        ("", {"HOOKSCOPE_ONLY": ""}, []),
    ],
)
def test_an_option_that_repeats_is_a_list(sources: Sources, content: str, environ: Any, value: list[str]) -> None:
    (sources.project / "hookscope.toml").write_text(content)
    assert sources.resolve(MANY, **environ)["only"] == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("flag", "maybe", "yes or no"),
        ("whole", "1.5", "whole number"),
        ("number", "x", "number"),
        ("bytes", "much", "size such as"),
        ("duration", "long", "duration such as"),
    ],
)
def test_a_value_that_makes_no_sense_names_option_and_source(kind: Any, text: str, says: str) -> None:
    with pytest.raises(InputError, match=f"HERE: '{text}' is not a {says}.*--opt"):
        parse_value(Option(name="opt", help="", kind=kind), text, "HERE")


def test_a_choice_that_is_none_lists_them() -> None:
    with pytest.raises(InputError, match="none of store, refuse"):
        parse_value(Option(name="away", help="", choices=("store", "refuse")), "burn", "--away")


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("", False), ("No", False)]
)
def test_flags_in_the_environment(text: str, value: bool) -> None:
    assert parse_value(Option(name="opt", help="", kind="flag"), text, "E") is value


def test_everything_is_under_hookscope_home(tmp_path: Path) -> None:
    found = places({"HOOKSCOPE_HOME": str(tmp_path)})
    assert (found.config, found.data, found.state) == (tmp_path, tmp_path, tmp_path)
    assert found.endpoints == tmp_path / "endpoints"
    assert found.captures == tmp_path / "captures.db"


def test_accessors_narrow() -> None:
    settings = Settings({"a": None, "b": "5", "c": ["x"]}, {}, {}, {})
    assert settings.text("a") == ""
    assert settings.many("a") == ()
    assert settings.many("c") == ("x",)
    assert settings.whole("b") == 5
    assert settings.number("b") == 5.0
    assert not settings.given("a")
    assert not settings.given("unheard-of")
    with pytest.raises(KeyError):
        settings.text("unheard-of")
