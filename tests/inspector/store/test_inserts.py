from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from hookscope.store.inserts import LogPlace, advance_cursor, encode_headers, pieces, reserve_number
from hookscope.store.schema import MAX_PIECES, PIECE_BYTES


def test_reserved_numbers_and_given_ones_share_one_row(
    connection: sqlite3.Connection, insert: Callable[..., int]
) -> None:
    reserved = reserve_number(connection)
    assert [reserved, insert("a"), reserve_number(connection), insert("b", reserved)] == [
        1,
        2,
        3,
        1,
    ]
    assert insert("c") == 4


@pytest.mark.parametrize(
    ("size", "numbers"), [(0, []), (1, [0]), (PIECE_BYTES, [0]), (PIECE_BYTES + 1, [0, 1])], ids=str
)
def test_a_body_is_cut_into_pieces(size: int, numbers: list[int]) -> None:
    cut = list(pieces(bytes(size)))
    assert [number for number, _ in cut] == numbers
    assert sum(len(data) for _, data in cut) == size


def test_a_body_beyond_all_pieces_is_refused() -> None:
    class Endless(bytes):
        def __len__(self) -> int:
            return MAX_PIECES * PIECE_BYTES + 1

    with pytest.raises(ValueError, match="at most"):
        next(pieces(Endless()))


def test_headers_keep_case_order_and_every_byte() -> None:
    assert encode_headers((("X-A", "\xff\x01"), ("x-a", '"'))) == '[["X-A","ÿ\\u0001"],["x-a","\\""]]'


def test_a_delivery_of_no_log_moves_no_cursor(connection: sqlite3.Connection) -> None:
    advance_cursor(connection, LogPlace("e", "a"))
    assert connection.execute("SELECT count(*) FROM cursors").fetchone() == (0,)
