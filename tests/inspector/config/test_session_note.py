"""What a session says of itself to a second one on this machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hookscope.config.endpoint_keys import EndpointLock
from hookscope.config.session_note import NoteFile, SessionNote, find_note, is_held, read_note


def test_a_note_says_where_the_endpoint_is_open_and_who_answers(tmp_path: Path) -> None:
    file = NoteFile(tmp_path, "mine")
    assert read_note(tmp_path, "mine") is None
    file.opened("http://u", "http://localhost:3000", "http://r")
    expected = SessionNote(pid=os.getpid(), url="http://u", handler="http://localhost:3000", relay="http://r")
    assert read_note(tmp_path, "mine") == expected
    assert (tmp_path / "mine.session").exists()
    file.lets_in("a door", "1.0")
    file.switched("")
    note = read_note(tmp_path, "mine")
    assert note is not None
    assert (note.url, note.handler, note.door, note.version) == ("http://u", "", "a door", "1.0")
    assert stat.S_IMODE((tmp_path / "mine.session").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "mine.session"]


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', "\0" * 100])
def test_a_note_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.session").write_text(text)
    assert read_note(tmp_path, "mine") is None


def test_a_folder_that_is_not_there_goes_without(tmp_path: Path) -> None:
    NoteFile(tmp_path / "nowhere", "mine").opened("u", "", "")
    assert read_note(tmp_path / "nowhere", "mine") is None


def test_an_endpoint_is_held_as_long_as_its_session_runs(tmp_path: Path) -> None:
    assert not is_held(tmp_path, "mine")
    with EndpointLock(tmp_path, "mine"):
        assert is_held(tmp_path, "mine")
    assert not is_held(tmp_path, "mine")


def test_what_an_earlier_session_left_is_gone(tmp_path: Path) -> None:
    NoteFile(tmp_path, "mine").opened("http://u", "", "")
    NoteFile(tmp_path, "mine")
    assert read_note(tmp_path, "mine") is None


def test_a_note_is_found_by_its_endpoint_whether_or_not_its_session_runs(tmp_path: Path) -> None:
    for name in ("mine", "other"):
        note = SessionNote(pid=1, url="", handler="", relay="", endpoint=f"id-{name}", routes=({"handler": "3000"},))
        NoteFile(tmp_path, name, note).opened(f"http://{name}", "", "")
    with EndpointLock(tmp_path, "other"):
        for name, runs in (("mine", False), ("other", True)):
            found = find_note(tmp_path, f"id-{name}")
            assert found is not None
            assert (found[0].url, found[0].routes, found[1]) == (f"http://{name}", ({"handler": "3000"},), runs)
    assert find_note(tmp_path, "") is find_note(tmp_path, "id-none") is find_note(tmp_path / "no", "id-mine") is None


def test_what_cannot_be_looked_at_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not is_held(tmp_path / "file", "mine")
