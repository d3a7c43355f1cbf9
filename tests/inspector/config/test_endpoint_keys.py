"""Endpoint keys on disk."""

from __future__ import annotations

import errno
import stat
import sys
from pathlib import Path

import pytest

from factories import make_key, make_ring
from hookscope.config import endpoint_keys
from hookscope.config.endpoint_keys import (
    EndpointLock,
    key_path,
    load,
    load_or_make,
    make,
    names,
    rotate,
    take_over,
    write,
)
from hookscope_relay.errors import AlreadyInUse, CannotWrite, DamagedFile, InputError
from hookscope_relay.keys.endpoint_key import KeyRing, dumps

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="no mode bits there")


def test_a_key_that_was_made_is_loaded(tmp_path: Path) -> None:
    ring = load_or_make(tmp_path / "deep" / "endpoints", "default")
    assert load_or_make(tmp_path / "deep" / "endpoints", "default") == ring


def test_where_there_is_no_key_none_is_loaded(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere", "default") is None


def test_older_keys_are_kept(tmp_path: Path) -> None:
    ring = KeyRing(make_key(1), (make_key(2),))
    write(tmp_path, "a", ring)
    assert load(tmp_path, "a") == ring


@posix_only
def test_a_key_is_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "endpoints"
    make(directory, "a")
    assert stat.S_IMODE((directory / "a.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


@posix_only
def test_directories_that_are_made_are_for_their_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "home" / "endpoints"
    with EndpointLock(directory, "a"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert stat.S_IMODE(directory.parent.stat().st_mode) == 0o700


@posix_only
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602])
def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int) -> None:
    make(tmp_path, "a")
    path = tmp_path / "a.key"
    path.chmod(mode)
    with pytest.raises(DamagedFile) as caught:
        load(tmp_path, "a")
    assert f"chmod 600 {path}" in caught.value.remedy
    assert caught.value.exit_code == 9


GOOD = dumps(make_ring())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds no endpoint key"),
        ("hello\n", "line 1: not an endpoint key"),
        (GOOD.replace("key-1", "key-2"), "line 1: a newer format"),
        (GOOD[:-8] + "\n", "line 1: the endpoint key is damaged"),
        (GOOD + GOOD.replace(make_key().id, "a" * 20), "line 2: .* does not belong"),
        ("\xff\x00", "line 1"),
    ],
)
def test_a_damaged_key_names_its_line_and_never_quotes_it(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(content.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(DamagedFile, match=says) as caught:
        load(tmp_path, "a")
    assert str(path) in str(caught.value)
    assert GOOD.split()[2][:12] not in str(caught.value)


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "-x", "a b", "a\n", "x" * 65, "é"])
def test_a_name_is_a_plain_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="is not an endpoint's name"):
        key_path(tmp_path, name)


def test_a_key_is_not_overwritten_unasked(tmp_path: Path) -> None:
    first = make(tmp_path, "a")
    with pytest.raises(AlreadyInUse, match="there is an endpoint 'a' already"):
        make(tmp_path, "a")
    assert load(tmp_path, "a") == first
    write(tmp_path, "a", make_ring(2), replace=True)
    assert load(tmp_path, "a") == make_ring(2)


def test_nothing_but_the_key_is_left_behind(tmp_path: Path) -> None:
    make(tmp_path, "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_a_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot be written") as caught:
        write(tmp_path / "file" / "endpoints", "a", make_ring())
    assert caught.value.exit_code == 8


def test_names_are_in_alphabetical_order(tmp_path: Path) -> None:
    assert names(tmp_path / "nowhere") == []
    for name in ("b", "a", "c.d"):
        make(tmp_path, name)
    (tmp_path / "note.txt").write_text("")
    assert names(tmp_path) == ["a", "b", "c.d"]


def test_a_second_lock_on_an_endpoint_is_refused(tmp_path: Path) -> None:
    with EndpointLock(tmp_path, "a"):
        with pytest.raises(AlreadyInUse, match="runs on the endpoint 'a'") as caught, EndpointLock(tmp_path, "a"):
            pass
        assert caught.value.exit_code == 7
        with EndpointLock(tmp_path, "b"):
            pass


def test_a_file_system_without_locks_is_not_taken_for_another_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(endpoint_keys, "_lock", no_locks)
    with pytest.raises(CannotWrite, match=r"cannot be locked: No locks available"), EndpointLock(tmp_path, "a"):
        pass


def test_a_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    with EndpointLock(tmp_path, "a"):
        pass
    with EndpointLock(tmp_path, "a"):
        pass


def test_a_rotated_key_keeps_the_endpoint_and_the_older_keys(tmp_path: Path) -> None:
    before = make(tmp_path, "a")
    after = rotate(tmp_path, "a")
    assert load(tmp_path, "a") == after
    assert (after.current.id, after.current.generation, after.older) == (before.current.id, 1, (before.current,))
    again = load(tmp_path, "a")
    assert again is not None
    assert (again.current.id, again.current.generation) == (before.current.id, 1)
    assert rotate(tmp_path, "a").current.generation == 2


def test_a_key_is_not_rotated_under_a_running_session(tmp_path: Path) -> None:
    before = make(tmp_path, "a")
    with EndpointLock(tmp_path, "a"), pytest.raises(AlreadyInUse, match="runs on the endpoint"):
        rotate(tmp_path, "a")
    assert load(tmp_path, "a") == before


def test_an_endpoint_that_is_not_there_is_not_rotated(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no endpoint 'a'"):
        rotate(tmp_path, "a")


def test_keys_from_elsewhere_replace_an_older_generation_only(tmp_path: Path) -> None:
    here = make(tmp_path, "a")
    later = here.rotated(b"2" * 32)
    take_over(tmp_path, "a", later)
    assert load(tmp_path, "a") == later
    for other in (here, later, make_ring(9)):
        with pytest.raises(AlreadyInUse):
            take_over(tmp_path, "a", other)
    assert load(tmp_path, "a") == later


def test_keys_that_cannot_be_read_and_a_place_that_cannot_be_written_are_told_so(tmp_path: Path) -> None:
    (tmp_path / "mine.key").mkdir(mode=0o700)
    with pytest.raises(DamagedFile, match="cannot be read"):
        load(tmp_path, "mine")
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot be written"), EndpointLock(tmp_path / "file" / "below", "mine"):
        pass
