"""Configuration files: what is no key of ours is named with its line and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookscope.config.toml_file import check_names, read_toml
from hookscope_relay.errors import InputError

OPTIONS = {"listen": {"only-path", "timeout"}, "export": {"output"}}


def read(path: Path, text: str):
    (path / "x.toml").write_text(text)
    return read_toml(path / "x.toml")


@pytest.mark.parametrize(
    ("text", "said", "near"),
    [
        ('a = 1\n[redation]\nfields = ["x"]', ":2: there is no section [redation]", "redaction"),
        ("[redaction]\nfield = []", ":2: there is no setting 'field' in [redaction]", "fields"),
        ("[diagnosis]\nsilent = []", ":2: there is no setting 'silent' in [diagnosis]", "silence"),
        ("[listne]", ":1: there is no section [listne]", "listen"),
        ("[[provider.acme]]", ":1: there is no section [provider]", "providers"),
        ("[listen]\n\nonly-pth = '/'", ":3: there is no setting 'only-pth' in [listen]", "only-path"),
        ("# top\ntimeot = 1", ":2: there is no setting 'timeot'", "timeout"),
        ("onlypath = 1\n[export]\noutput='x'", ":1: there is no setting 'onlypath'", "only-path"),
        ("[[routes]]\nhandler = '1'", ":1: there is no [[routes]]", "[[route]]"),
        ("[[route]]\n[[route]]\nhandlr = '1'", ":3: there is no 'handlr' in [[route]]", "handler"),
        ("[[alert]]\nname = 'a'\nfiltr = 'x'", ":3: there is no 'filtr' in [[alert]]", "filter"),
        ("redaction = 1", ":1: there is no setting 'redaction'", "redaction"),
    ],
)
def test_an_unknown_name_is_told_with_file_line_and_near_name(tmp_path: Path, text: str, said: str, near: str) -> None:
    options = None if "a = 1" in text else OPTIONS
    with pytest.raises(InputError) as caught:
        check_names(read(tmp_path, text), options)
    assert f"{tmp_path / 'x.toml'}{said}" in str(caught.value)
    assert f"did you mean {near}?" in str(caught.value)


def test_known_names_pass_and_hyphens_may_be_underscores(tmp_path: Path) -> None:
    text = "theme = 'dark'\nonly_path = '/'\n[listen]\ntimeout = 1\n[keys]\nx = 1\n[providers.acme]\ny = 1\n[redaction]\nfields = []"
    check_names(read(tmp_path, text), OPTIONS)
    check_names(read_toml(tmp_path / "none.toml"), OPTIONS)


@pytest.mark.parametrize("text", ["x = ", "[a", "x = " + "[" * 5000 + "]" * 5000])
def test_what_is_no_toml_is_refused_without_its_text(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is not valid TOML"):
        read(tmp_path, text)


def test_the_digest_changes_with_any_byte(tmp_path: Path) -> None:
    assert read(tmp_path, "a = 1").digest != read(tmp_path, "a = 1\n").digest


def test_a_table_that_is_written_once_for_each_is_written_in_double_brackets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"write \[\[alert\]\], once for each"):
        check_names(read(tmp_path, "[alert]\nrate = 1"), OPTIONS)


def test_a_name_like_no_other_is_to_be_taken_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="take it out"):
        check_names(read(tmp_path, "qqqqqq = 1"), OPTIONS)


ALERTS = """# two
[[alert]]
name = "a"
[[ alert ]]
"name" = "b"
when = "x"
[keys]
name = "c"
"""
PLACES = {
    "a table": (("alert", 1, ""), ":4"),
    "a key of the first": (("alert", 0, "name"), ":3"),
    "a key of the second": (("alert", 1, "when"), ":6"),
    "a key that only another has stands where its table begins": (("alert", 0, "when"), ":2"),
    "a table that there is not": (("route", 0, ""), ""),
}


@pytest.mark.parametrize(("asked", "line"), PLACES.values(), ids=PLACES)
def test_a_table_of_many_is_told_with_its_line(tmp_path: Path, asked: tuple[str, int, str], line: str) -> None:
    assert read(tmp_path, ALERTS).place_in(*asked) == f"{tmp_path / 'x.toml'}{line}"


def test_a_section_is_told_with_the_line_of_its_header_or_of_what_is_below_it(tmp_path: Path) -> None:
    file = read(tmp_path, "[a.b]\nx = 1\n['c']\ny.z = 2")
    assert [file.place(*one).rpartition(":")[2] for one in (("a", ""), ("c", ""), ("c", "y"))] == ["1", "3", "4"]
    assert file.place("c", "x") == str(tmp_path / "x.toml")


def test_a_file_that_cannot_be_looked_for_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: File name too long; correct"):
        read_toml(tmp_path / ("x" * 300) / "config.toml")
