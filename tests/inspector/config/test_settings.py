"""Where the value of an option comes from, and what it may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.config.settings import (
    Option,
    Settings,
    parse_bytes,
    parse_duration,
    parse_value,
    places,
    read_project_file,
    resolve,
)
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

COLOUR = Option(name="colour-of", help="", default="default")
TRUST = Option(name="allow-remote", help="", kind="flag", default=False, widens_trust=True)
MANY = Option(name="allow-host", help="", repeat=True)


class Sources:
    """A project's directory and a user's home, each with a file on demand."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.home = root / "home"
        self.project.mkdir()
        self.home.mkdir()
        (self.project / ".git").mkdir()

    def resolve(self, *options: Option, given: Any = None, **environ: str) -> Settings:
        environ["HOOKSCOPE_HOME"] = str(self.home)
        return resolve(options, given or {}, environ, "listen", self.project)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


def test_flag_then_environment_then_project_then_user_then_default(sources: Sources) -> None:
    assert sources.resolve(COLOUR)["colour-of"] == "default"
    (sources.home / "config.toml").write_text('colour-of = "user"')
    assert sources.resolve(COLOUR)["colour-of"] == "user"
    (sources.project / "hookscope.toml").write_text('colour_of = "project"')
    assert sources.resolve(COLOUR)["colour-of"] == "project"
    assert sources.resolve(COLOUR, HOOKSCOPE_COLOUR_OF="env")["colour-of"] == "env"
    assert sources.resolve(COLOUR, given={"colour-of": "flag"}, HOOKSCOPE_COLOUR_OF="env")["colour-of"] == "flag"


def test_a_commands_own_table_comes_before_the_top_level(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('colour-of = "all"\n[listen]\ncolour-of = "listen"')
    assert sources.resolve(COLOUR)["colour-of"] == "listen"


def test_the_project_file_is_found_above_but_not_beyond_the_repository(sources: Sources) -> None:
    below = sources.project / "a" / "b"
    below.mkdir(parents=True)
    (sources.project.parent / "hookscope.toml").write_text("x = 1")
    assert read_project_file(below) == {}
    (sources.project / "hookscope.toml").write_text("x = 2")
    assert read_project_file(below) == {"x": 2}


@pytest.mark.parametrize("content", ["allow-remote = true", "allow_remote = true", "[listen]\nallow-remote = true"])
def test_a_project_file_never_widens_trust(sources: Sources, content: str) -> None:
    (sources.project / "hookscope.toml").write_text(content)
    with pytest.raises(RefusedForSafety, match="sets allow-remote") as caught:
        sources.resolve(TRUST)
    assert caught.value.exit_code == 11


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
        sources.resolve(COLOUR)
    assert str(path) in str(caught.value)


def test_a_misspelt_setting_of_a_project_is_refused_with_the_right_one(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('[listen]\ncolor-of = "x"')
    with pytest.raises(InputError, match="did you mean colour-of"):
        sources.resolve(COLOUR)


def test_other_commands_settings_are_left_alone(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text('[relay]\nanything = "x"\n[providers.mine]\nx = 1')
    assert sources.resolve(COLOUR)["colour-of"] == "default"


@pytest.mark.parametrize(
    ("content", "environ", "value"),
    [
        ('allow-host = ["a", "b"]', {}, ["a", "b"]),
        ('allow-host = "a"', {}, ["a"]),
        ("", {"HOOKSCOPE_ALLOW_HOST": ""}, []),
    ],
)
def test_an_option_that_repeats_is_a_list(sources: Sources, content: str, environ: Any, value: list[str]) -> None:
    (sources.project / "hookscope.toml").write_text(content)
    assert sources.resolve(MANY, **environ)["allow-host"] == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("0.5s", 0.5),
        ("500ms", 0.5),
        (" 2 m ", 120.0),
        ("2min", 120.0),
        ("1H", 3600.0),
        ("3d", 259200.0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("300", 300),
        ("300B", 300),
        ("64KiB", 65536),
        ("1 MB", 1_000_000),
        ("25MiB", 26214400),
        ("1.5kB", 1500),
        ("1g", 1 << 30),
    ],
)
def test_sizes(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "s", "-1", "1x", "nan", "inf", "1e3", "1 2s", "--", "٣"])
def test_nonsense_is_neither_a_duration_nor_a_size(text: str) -> None:
    with pytest.raises(ValueError):
        parse_duration(text)
    with pytest.raises(ValueError):
        parse_bytes(text)


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
