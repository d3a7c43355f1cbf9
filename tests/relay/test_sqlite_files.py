"""The opening of databases."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hookscope_relay import sqlite_files as module
from hookscope_relay.errors import CannotWrite, DamagedFile
from hookscope_relay.group_commit import GroupCommit
from hookscope_relay.sqlite_files import open_database
from notes import TABLE, note, notes, open_group


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notes.db"


@pytest.fixture
def commits(path: Path) -> Iterator[GroupCommit]:
    group = open_group(path)
    yield group
    group.close()


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
def test_the_files_are_their_owners_only(path: Path) -> None:
    group = open_group(path)
    group.submit(note("secret")).result(10)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert modes == {"notes.db": 0o600, "notes.db-wal": 0o600, "notes.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    group.close()


def test_a_database_that_others_could_read_is_closed_to_them(path: Path) -> None:
    open_database(path, [TABLE], application="notes").close()
    path.chmod(0o644)
    open_database(path, [TABLE], application="notes").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commits_are_synced(path: Path) -> None:
    connection = open_database(path, [TABLE], application="notes")
    pragmas = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    connection.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_path_may_hold_any_character(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory#%41é.db"
    for _ in range(2):
        open_database(path, [TABLE], application="notes").close()
    assert path.stat().st_size > 0


def test_migrations_run_once_and_in_order(path: Path) -> None:
    second = """
        -- a trigger holds semicolons
        CREATE TABLE log (text);
        CREATE TRIGGER t AFTER INSERT ON notes BEGIN INSERT INTO log VALUES (new.text); INSERT INTO log VALUES (1); END;
    """
    for migrations in ([TABLE], [TABLE, second], [TABLE, second]):
        connection = open_database(path, migrations, application="notes")
        connection.execute(
            "INSERT INTO notes (text) VALUES (?)", (f"{connection.total_changes} {os.urandom(4).hex()}",)
        )
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.close()
        assert version == len(migrations)
    assert len(notes(path)) == 3


def test_a_migration_that_fails_leaves_the_database_as_it_was(path: Path) -> None:
    open_database(path, [TABLE], application="notes").close()
    before = path.read_bytes()
    with pytest.raises(DamagedFile):
        open_database(path, [TABLE, "CREATE TABLE more (x); CREATE TABLE\nnotes (x);"], application="notes")
    assert path.read_bytes() == before


def test_many_can_open_a_new_database_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number // 8}.db" for number in range(80)]
    with ThreadPoolExecutor(8) as pool:
        for connection in pool.map(lambda path: open_database(path, [TABLE], application="notes"), paths):
            connection.close()
    assert [notes(path) for path in set(paths)] == [[]] * 10


def text_file(path: Path) -> None:
    path.write_text("my novel, chapter one " * 100)


def foreign_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photos (id)")
    connection.commit()
    connection.close()


def other_purpose(path: Path) -> None:
    open_database(path, [TABLE], application="captures").close()


def newer_version(path: Path) -> None:
    open_database(path, [TABLE, "CREATE TABLE later (x);"], application="notes").close()


def overwritten_schema(path: Path) -> None:
    open_database(path, [TABLE], application="notes").close()
    content = bytearray(path.read_bytes())
    content[100:1000] = os.urandom(900)
    path.write_bytes(content)


WRITE_AND_CLOSE = """
import sys
from hookscope_relay.sqlite_files import open_database
connection = open_database(sys.argv[1], [sys.argv[2]], application="notes")
connection.execute("INSERT INTO notes (text) VALUES ('by another')")
connection.close()
"""


def test_opening_a_database_again_keeps_the_locks_of_this_process(path: Path) -> None:
    """Else another process takes itself for the last one, and removes the -wal that this one goes on writing to."""
    first = open_database(path, [TABLE], application="notes")
    first.execute("INSERT INTO notes (text) VALUES ('before')")
    open_database(path, [TABLE], application="notes").close()
    subprocess.run([sys.executable, "-c", WRITE_AND_CLOSE, str(path), TABLE], check=True)
    first.execute("INSERT INTO notes (text) VALUES ('after')")
    with closing(sqlite3.connect(path)) as reader:
        assert [text for (text,) in reader.execute("SELECT text FROM notes")] == ["before", "by another", "after"]
    first.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (text_file, "not a sound database"),
        (foreign_database, "another program"),
        (other_purpose, "another program"),
        (newer_version, "version 2 of the format; this one knows 1"),
        (overwritten_schema, "not a sound database"),
    ],
)
def test_a_database_that_is_not_ours_or_newer_or_damaged_is_refused_and_left_alone(
    path: Path, make: Callable[[Path], None], says: str
) -> None:
    path.parent.mkdir()
    make(path)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(DamagedFile, match=says) as caught:
        open_database(path, [TABLE], application="notes")
    assert str(path) in caught.value.what
    assert caught.value.remedy
    assert caught.value.exit_code == 9
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    open_database(path, [TABLE], application="notes").close()
    assert notes(path) == []


@pytest.mark.parametrize("below", ["file/notes.db", "file/deeper/notes.db", "directory"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "directory").mkdir()
    with pytest.raises(CannotWrite) as caught:
        open_database(tmp_path / below, [TABLE], application="notes")
    assert str(tmp_path / below) in caught.value.what
    assert caught.value.exit_code == 8


@pytest.fixture
def anothers_directory() -> Iterator[Path]:
    """A directory that this process may enter but not write, also where it runs as root."""
    with tempfile.TemporaryDirectory() as made:
        path = Path(made)
        open_database(path / "old.db", [TABLE], application="notes").close()
        path.chmod(0o555)
        (path / "old.db").chmod(0o400)
        if root := os.geteuid() == 0:
            os.seteuid(65534)
        yield path
        if root:
            os.seteuid(0)
        path.chmod(0o700)


@pytest.mark.parametrize("name", ["new.db", "old.db", "new/new.db"])
def test_a_directory_without_permission_is_named(anothers_directory: Path, name: str) -> None:
    with pytest.raises(CannotWrite, match="Permission denied"):
        open_database(anothers_directory / name, [TABLE], application="notes")


def test_a_database_that_another_holds_is_said_to_be_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.05)
    open_database(path, [TABLE], application="notes").close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CannotWrite, match="locked by another process"):
        open_database(path, [TABLE, "CREATE TABLE later (x);"], application="notes")
    other.close()
