"""Where the value of an option comes from, and what it may say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hookscope.config.option import Option
from hookscope.config.settings import Settings, parse_parameters, places, read_file, read_project_file, resolve, trace
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


def test_what_was_not_taken_from_a_project_is_noted(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("max-backlog = 1000")
    backlog = Option(name="max-backlog", help="", kind="whole", default=100)
    (note,) = sources.resolve(backlog).notes
    assert note.endswith("hookscope.toml:1 sets max-backlog to 1000, which is wider than the default 100: that holds")


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


def test_without_a_home_of_its_own_the_systems_folders_are_taken() -> None:
    assert {Path(one).name for one in (places({}).config, places({}).data, places({}).state)} == {"hookscope"}


def test_the_source_of_each_value_is_told_with_its_place(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("within = 3\nallow-remote = true")
    given, found, refused = trace([MANY, WITHIN, TRUST], {"only": ["a"]}, sources.environ, "listen", sources.project)
    assert (given.value, given.source, given.place) == (["a"], "flag", "--only")
    assert (found.value, found.source, found.place) == (3.0, "project", f"{sources.project / 'hookscope.toml'}:1")
    assert (refused.value, refused.source) == (False, "default")
    assert refused.refused


def test_a_projects_tables_are_read_without_those_of_the_users_screen(sources: Sources) -> None:
    (sources.project / "hookscope.toml").write_text("within = 3\n[keys]\nquit = 'x'\n[redaction]\nfields = []")
    assert read_project_file(sources.project) == {"within": 3, "redaction": {"fields": []}}


def test_a_file_that_there_is_not_is_empty_and_a_misspelt_section_is_refused(tmp_path: Path) -> None:
    assert read_file(tmp_path / "none.toml") == {}
    (tmp_path / "a.toml").write_text("[redation]\n")
    with pytest.raises(InputError, match="did you mean redaction"):
        read_file(tmp_path / "a.toml")


def test_parameters_are_names_and_values() -> None:
    assert parse_parameters(["webhook-id=1=2", "a="]) == {"webhook_id": "1=2", "a": ""}
    for text in ("x", "=x"):
        with pytest.raises(InputError, match="is not NAME=VALUE"):
            parse_parameters([text])


def test_settings_know_where_our_files_are(sources: Sources) -> None:
    assert sources.resolve(WITHIN).places == places({"HOOKSCOPE_HOME": str(sources.home)})
