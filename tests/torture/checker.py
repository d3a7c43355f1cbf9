"""What the capture store and the relay's log hold at the end, read straight from their files,
against what senders were told."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hookscope.store.schema import DELIVERY_PART, PIECE_BYTES, body_keys
from torture.figures import Figures
from torture.load import Acknowledged, Load


@dataclass(frozen=True, slots=True)
class Held:
    """A captured delivery; `delivered` is the sender's own number for it."""

    number: int
    id: str
    epoch: str
    seq: int
    delivered: int
    size: int
    sha256: bytes


def read_held(database: Path, endpoint: str) -> list[Held]:
    """Every capture of the endpoint, in order of number, with the hash of the body bytes that are really there."""
    query = "SELECT number, id, epoch, seq, target, body_bytes FROM captures WHERE endpoint = ? ORDER BY number"
    with closing(_open(database)) as connection:
        rows = connection.execute(query, (endpoint,)).fetchall()
        return [
            Held(number, name, epoch, seq, int(target.rpartition("/")[2]), size, _hash(connection, number))
            for number, name, epoch, seq, target, size in rows
        ]


def _hash(connection: sqlite3.Connection, number: int) -> bytes:
    query = "SELECT data FROM bodies WHERE key BETWEEN ? AND ? ORDER BY key"
    content = hashlib.sha256()
    for (data,) in connection.execute(query, body_keys(number, DELIVERY_PART)):
        content.update(data)
    return content.digest()


def cursor(database: Path, endpoint: str) -> tuple[str, int]:
    """Where the endpoint's reader stands; ("", 0) before the first delivery."""
    return _one(database, "SELECT epoch, seq FROM cursors WHERE endpoint = ?", endpoint) or ("", 0)


def newest(log: Path, endpoint: str) -> tuple[str, int]:
    """The log's epoch and the endpoint's newest seq."""
    return _one(log, "SELECT (SELECT epoch FROM log), newest FROM heads WHERE endpoint = ?", endpoint) or ("", 0)


def caught_up(captures: Path, log: Path, endpoint: str) -> bool:
    """Whether the capture store stands where the log does."""
    return cursor(captures, endpoint) == newest(log, endpoint)


def read_seqs(log: Path, endpoint: str) -> list[int]:
    """The seqs of the deliveries that the log holds.

    Numbers that it never gave, or gave to what was not kept, are none of these.
    """
    with closing(_open(log)) as connection:
        rows = connection.execute("SELECT seq FROM records WHERE endpoint = ? ORDER BY seq", (endpoint,))
        return [seq for (seq,) in rows]


def count(database: Path, endpoint: str) -> int:
    """How many deliveries of the endpoint are captured."""
    found = _one(database, "SELECT count(*), 0 FROM captures WHERE endpoint = ?", endpoint)
    return int(found[0]) if found else 0


def _one(database: Path, query: str, endpoint: str) -> tuple[str, int] | None:
    if not database.exists():
        return None
    with closing(_open(database)) as connection:
        try:
            row: tuple[str, int] | None = connection.execute(query, (endpoint,)).fetchone()
        except sqlite3.OperationalError:  # the tables are being made
            return None
        return row


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)


def check_exactly_once(figures: Figures, *, captures: Path, log: Path, load: Load) -> None:
    """Note and demand what the contract promises of the store: nothing lost, nothing twice, nothing altered,
    in order, nothing passed over."""
    endpoint, acknowledged = load.endpoint, load.acknowledged
    held = read_held(captures, endpoint)
    by_id = {one.id: one for one in held}
    lost = [one for one in acknowledged if (kept := by_id.get(one.delivery_id)) is None or not _same(kept, one)]
    log_epoch, _ = newest(log, endpoint)
    seqs = {one.seq for one in held if one.epoch == log_epoch}
    counted = {
        "lost": len(lost),
        "duplicate_seqs": _repeats((one.epoch, one.seq) for one in held),
        "duplicate_ids": _repeats(one.id for one in held),
        "more_than_sent": sum(
            1 for number, kept in Counter(one.delivered for one in held).items() if kept > load.tries[number]
        ),
        "altered": sum(1 for one in held if one.sha256 != hashlib.sha256(load.bodies.body(one.delivered)).digest()),
        "out_of_order": _out_of_order(held) + _out_of_turn(acknowledged),
        "holes": sum(1 for seq in read_seqs(log, endpoint) if seq not in seqs),
        "unsound": sum(1 for database in (captures, log) if not _is_sound(database)),
    }
    # Repeated by senders whose connection broke after the relay had kept the delivery: two deliveries, rightly.
    repeated = len(held) - len({one.delivered for one in held})
    figures.note(captured=len(held), repeated_by_senders=repeated, **counted)
    for name, number in counted.items():
        figures.demand(f"{name} is {number}, not 0", number == 0)


def _same(kept: Held, told: Acknowledged) -> bool:
    return (kept.seq, kept.delivered) == (told.seq, told.number)


def _repeats(keys: Iterable[object]) -> int:
    return sum(number - 1 for number in Counter(keys).values())


def _out_of_order(held: Sequence[Held]) -> int:
    """Captures whose number is not in the order of the log; large ones are kept in pieces and may be finished later."""
    small = [one for one in held if one.size <= PIECE_BYTES]
    return sum(1 for before, after in pairwise(small) if before.seq >= after.seq)


def _out_of_turn(acknowledged: Sequence[Acknowledged]) -> int:
    """Deliveries of one sender, each sent after the last was answered, that do not follow each other in the log."""
    told: defaultdict[int, list[int]] = defaultdict(list)
    for one in acknowledged:
        told[one.sender].append(one.seq)
    return sum(1 for seqs in told.values() for before, after in pairwise(seqs) if before >= after)


def _is_sound(database: Path) -> bool:
    with closing(_open(database)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
