"""Opening a database of ours: a file for its owner only, of the right kind, migrated, and synced at every commit.

The relay's log and the inspector's capture store share it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from hookscope_relay.errors import CannotWrite, DamagedFile, HookscopeError

BUSY_S = 5.0
# SQLite's own default (sqlite.org/pragma.html#pragma_page_size).
PAGE_BYTES = 4096
# The write-ahead log is cut back to this after a burst.
JOURNAL_BYTES = 32 * 1024 * 1024
# Held while a file is made, so that no other thread has locked it when it is closed.
_making = threading.Lock()

# Primary result codes (sqlite.org/rescode.html) that speak of the disk or the file, not of the statement.
STORAGE_CODES = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)


def open_database(
    path: Path | str, migrations: Sequence[str], *, application: str, page_bytes: int = PAGE_BYTES
) -> sqlite3.Connection:
    """Open a database of ours for writing, making or migrating it; for one `GroupCommit`, or for one thread at a time.

    `migrations[n]` is the SQL that leads from version n to n + 1. `page_bytes` holds for a database that is made now.
    The file and what SQLite puts beside it are readable by their owner only. Raises `DamagedFile` (not ours, damaged,
    or newer than this program; the file is as it was) or `CannotWrite`.
    """
    path = Path(path)
    try:
        _make_file(path)
        _inspect(path, len(migrations), _application_id(application))
        _close_to_others(path)
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    except OSError as error:
        raise CannotWrite(
            f"{path} cannot be written ({error.strerror})", "choose another place or repair its permissions"
        ) from None
    except sqlite3.Error as error:
        raise cannot_open(path, error) from None
    try:
        connection.execute(f"PRAGMA page_size = {page_bytes}")
        _prepare(connection, migrations, _application_id(application))
    except sqlite3.Error as error:
        connection.close()
        raise cannot_open(path, error) from None
    except HookscopeError:
        connection.close()
        raise
    return connection


def _make_file(path: Path) -> None:
    """An empty file is a new database; SQLite gives -wal and -shm the mode of the database.

    What is there is never opened but by SQLite: closing it would drop the locks that this process holds on it by other
    connections (sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _making:
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
        elif not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _close_to_others(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _inspect(path: Path, known: int, application_id: int) -> None:
    """Refuse a database that is not ours or newer, having opened it for reading only."""
    if path.stat().st_size == 0:
        return
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        # One snapshot: another process may be making the database just now.
        connection.execute("BEGIN")
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        owner, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    finally:
        connection.close()
    if owner != application_id and (owner or version or tables):
        raise DamagedFile(f"{path} is a database of another program or purpose", "name another file, or move it away")
    if version > known:
        raise DamagedFile(
            f"{path} was written by a newer hookscope (version {version} of the format; this one knows {known})",
            "update hookscope, or move the file away to start anew",
        )


def _prepare(connection: sqlite3.Connection, migrations: Sequence[str], application_id: int) -> None:
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    if _pragma(connection, "user_version") == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    # Read again under the lock: another process may have migrated meanwhile.
    for migration in migrations[_pragma(connection, "user_version") :]:
        for statement in _statements(migration):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {application_id}")
    connection.execute(f"PRAGMA user_version = {len(migrations)}")
    connection.execute("COMMIT")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for its lock here where two processes switch a new database at the same time."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)  # the other process holds the lock for a moment only


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _application_id(application: str) -> int:
    """What SQLite's header says that the database is for: 31 bits of a hash of the name."""
    return int.from_bytes(hashlib.sha256(f"hookscope {application}".encode()).digest()[:4], "big") >> 1


def cannot_open(path: Path, error: sqlite3.Error) -> HookscopeError:
    code = primary_code(error)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return CannotWrite(f"{path} is locked by another process", "end that process, or name another file")
    if code in STORAGE_CODES - {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return CannotWrite(
            f"{path} cannot be written ({error})",
            "free space on its disk, repair its permissions, or choose another place",
        )
    return DamagedFile(f"{path} is not a sound database ({error})", "move it away to start anew, or restore a copy")


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code of an error; 0 where it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
