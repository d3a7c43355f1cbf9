"""What a project's file may set, where it is found, and whose it must be."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from hookscope.commands.command import load
from hookscope.config.project import (
    NEVER,
    WAYS,
    _is_own_group,
    find_project,
    inside,
    is_inside,
    narrower,
    trouble,
    way_of,
    wishes,
)
from hookscope.config.words import COMMANDS
from hookscope.model.errors import RefusedForSafety

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no owners and modes there")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "a" / "b").mkdir(parents=True)
    return tmp_path / "repo"


def test_every_way_is_an_options_and_nothing_that_widens_trust_has_one() -> None:
    options = [option for name in COMMANDS if name not in NEVER for option in load(name).options]
    assert set(WAYS) - {option.name for option in options} == set()
    assert [option.name for option in options if option.widens_trust and option.name in WAYS] == []


@pytest.mark.parametrize("option", ["yes", "force", "body", "make-key", "from-file", "file", "where", "redaction-key"])
def test_what_answers_a_question_or_takes_any_file_is_the_users_alone(option: str) -> None:
    assert way_of("listen", option) is None


def test_a_flag_of_a_project_goes_one_way_only_unless_it_shows_only() -> None:
    """A flag that a project may switch as it likes could undo what its user set."""
    flags = {option.name for name in COMMANDS for option in load(name).options if option.kind == "flag"}
    ways = {name: WAYS[name] for name in flags & set(WAYS)}
    assert {name for name, way in ways.items() if way == "choose"} == {"json"}


def test_the_file_is_found_above_but_not_beyond_the_repository(repository: Path) -> None:
    below = repository / "a" / "b"
    (repository.parent / "hookscope.toml").write_text("x = 1")
    assert find_project(below).table == {}
    (repository / "hookscope.toml").write_text("x = 2")
    assert find_project(below).table == {"x": 2}
    (below / "hookscope.toml").write_text("x = 3")
    assert find_project(below).table == {"x": 3}


def test_without_a_repository_only_this_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "hookscope.toml").write_text("x = 1")
    assert find_project(tmp_path / "below").table == {}
    assert find_project(tmp_path).table == {"x": 1}


@posix
@pytest.mark.parametrize(("one", "mode"), [("hookscope.toml", 0o666), (".", 0o777), (".", 0o1777)])
def test_what_others_may_write_is_refused(repository: Path, one: str, mode: int) -> None:
    (repository / "hookscope.toml").write_text("x = 1")
    (repository / one).chmod(mode)
    with pytest.raises(RefusedForSafety, match="can be written by every user"):
        find_project(repository)


@posix
def test_what_another_user_owns_is_refused(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "hookscope.toml").write_text("x = 1")
    owner = (repository / "hookscope.toml").stat().st_uid
    if os.geteuid() == 0:
        os.chown(repository / "hookscope.toml", 12345, 12345)
    else:
        monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(RefusedForSafety, match="belongs to another user"):
        find_project(repository)


@posix
def test_a_repository_that_others_may_write_lends_no_file(repository: Path) -> None:
    """As in /tmp, where anybody may put a `.git` and a file above another's folder."""
    (repository / "hookscope.toml").write_text("x = 1")
    repository.chmod(0o1777)
    assert find_project(repository / "a").table == {}


@posix
def test_a_group_of_others_may_not_write_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.chmod(0o775)
    for own, said in ((True, ""), (False, "can be written by other users of its group")):
        monkeypatch.setattr("hookscope.config.project._is_own_group", lambda group, own=own: own)
        assert trouble(repository) == said


@posix
def test_a_link_that_leads_out_of_the_folder_is_refused(repository: Path) -> None:
    (repository.parent / "secret").write_text("PRIVATE")
    (repository / "hookscope.toml").symlink_to(repository.parent / "secret")
    with pytest.raises(RefusedForSafety, match="is a link") as caught:
        find_project(repository)
    assert "PRIVATE" not in str(caught.value)


@pytest.mark.parametrize(
    ("way", "wanted", "users", "default", "holds"),
    [
        ("choose", 1, 2, 3, 1),
        ("on", False, None, None, False),
        ("on", False, True, None, True),
        ("off", True, None, True, True),
        ("off", True, False, True, False),
        ("least", 9, None, None, 9),
        ("below", "/a/b", "/a", None, "/a/b"),
        ("below", "/ab", "/a", None, "/a"),
    ],
)
def test_the_narrower_of_two_holds(way: Any, wanted: Any, users: Any, default: Any, holds: Any) -> None:
    assert narrower(way, wanted, users, default) == holds


def test_every_wish_of_a_file_is_listed() -> None:
    table = {"relay": "r", "theme": "dark", "export": {"force": True, "as": "raw"}, "keys": {}, "relay-ca": "x"}
    found = [(wish.section, wish.key, wish.way) for wish in wishes(table)]
    assert found == [
        ("", "relay", "trusted"),
        ("", "theme", "choose"),
        ("export", "force", None),
        ("export", "as", "choose"),
        ("", "keys", "trusted"),
        ("", "relay-ca", None),
    ]


def test_a_file_that_a_project_names_is_inside_it(repository: Path) -> None:
    (repository / "hookscope.toml").write_text("x = 1")
    file = find_project(repository)
    assert inside(file, "a/x.pem", "here") == str((repository / "a/x.pem").resolve())
    for name in ("../x.pem", "/etc/passwd", ".git/config"):
        with pytest.raises(RefusedForSafety, match="is not inside"):
            inside(file, name, "here")


@posix
def test_what_cannot_be_looked_at_is_trouble(tmp_path: Path) -> None:
    assert trouble(tmp_path / "none") == "cannot be looked at (No such file or directory)"


@posix
def test_a_group_of_nobody_else_is_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    import grp
    import pwd
    from types import SimpleNamespace

    monkeypatch.setattr(pwd, "getpwuid", lambda user: SimpleNamespace(pw_gid=100, pw_name="ann"))
    for name, members, group, own in (
        ("ann", [], 100, True),
        ("ann", ["ann"], 100, True),
        ("ann", ["ann", "bob"], 100, False),
        ("ann", [], 101, False),
        # The first group of every user, which lists none of them.
        ("users", [], 100, False),
    ):
        entry = SimpleNamespace(gr_name=name, gr_mem=members)
        monkeypatch.setattr(grp, "getgrgid", lambda group, entry=entry: entry)
        assert _is_own_group(group) is own

    def nobody(group: int) -> None:
        raise KeyError(group)

    monkeypatch.setattr(grp, "getgrgid", nobody)
    assert not _is_own_group(100)


@pytest.mark.parametrize("name", [".git/hooks/pre-commit", ".GIT/hooks/pre-commit", "a/.Git/config", "../x", "/etc/x"])
def test_no_path_leads_out_of_the_project_or_into_its_repository(repository: Path, name: str) -> None:
    (repository / "hookscope.toml").write_text("x = 1")
    with pytest.raises(RefusedForSafety, match="is not inside"):
        inside(find_project(repository), name, "here")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_into_the_repositorys_data_is_followed(repository: Path) -> None:
    (repository / "fixtures").symlink_to(repository / ".git")
    assert not is_inside(repository, "fixtures/hooks")
    assert is_inside(repository, "tests/fixtures")


def test_where_files_have_no_owners_nothing_is_said_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("hookscope.config.project.os.name", "java")
    said = trouble(tmp_path / "absent")
    monkeypatch.undo()
    assert said == ""
    assert "cannot be looked at" in trouble(tmp_path / "absent")
