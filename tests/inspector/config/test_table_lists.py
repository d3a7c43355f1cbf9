"""Tables that stand once for each of their kind: whose hold, and where their keys stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope import cli
from hookscope.config.settings import Places, places
from hookscope.config.table_lists import read_tables
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

TWO = '[listen]\ntimeout = 3\n\n[[route]]\nhandler = "1"\n\n[[route]] # the rest\n"match" = "x"\nhandler = "2"\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("HOOKSCOPE_HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    return folder


def ours(tmp_path: Path) -> Places:
    return places({"HOOKSCOPE_HOME": str(tmp_path)})


def test_the_users_hold_with_the_places_of_their_keys(tmp_path: Path, here: Path) -> None:
    assert read_tables("route", ours(tmp_path)).tables == []
    path = tmp_path / "config.toml"
    path.write_text(TWO)
    found = read_tables("route", ours(tmp_path))
    assert [table["handler"] for table in found.tables] == ["1", "2"]
    where = [found.place(0, ""), found.place(0, "handler"), found.place(1, ""), found.place(1, "match")]
    assert where == [f"{path}:{line}" for line in (4, 5, 7, 8)]


def test_a_projects_wait_for_the_users_word(tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text('[[route]]\nhandler = "9"\n')
    (here / "hookscope.toml").write_text(TWO)
    with pytest.raises(RefusedForSafety, match=r"hookscope.toml:4 sets \[\[route\]\], which is for you to allow"):
        read_tables("route", ours(tmp_path))
    assert cli.main(["list"]) == 0  # who asks for no routes is not asked
    assert cli.main(["trust", "--yes"]) == 0
    assert "waits for your word:\n  route = [{'handler': '1'}" in capsys.readouterr().out
    assert len(read_tables("route", ours(tmp_path)).tables) == 2
    (here / "hookscope.toml").write_text(TWO + "host = 'x'\n")
    with pytest.raises(RefusedForSafety, match="has changed since you allowed it"):
        read_tables("route", ours(tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[route]\nhandler = '1'\n", r"config.toml:1: there is no section \[route\]; write \[\[route\]\]"),
        ("route = [{handler = '1'}, 'x -> 2']\n", "config.toml:1: route mixes texts and tables"),
    ],
)
def test_another_form_is_refused(
    tmp_path: Path, here: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(text)
    if "mixes" in said:
        with pytest.raises(InputError, match=said):
            read_tables("route", ours(tmp_path))
        return
    assert cli.main(["routes"]) == 2
    import re

    assert re.search(said, capsys.readouterr().err)


def test_texts_are_the_option(tmp_path: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("route = ['a=path:/x -> 1', 'b= -> 2']\n")
    assert read_tables("route", ours(tmp_path)).tables == []
    assert cli.main(["routes"]) == 0
    assert capsys.readouterr().out == "a: path:/x → http://localhost:1\nb: everything → http://localhost:2\n"
