from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from hookscope.model.errors import NoSuchCapture
from hookscope.store.pages import read_summary
from hookscope.store.queries import read_cursor, read_findings, resolve
from hookscope_relay.errors import InputError


@pytest.fixture(autouse=True)
def captures(insert: Callable[..., int]) -> None:
    for id in ("01abc", "01abd", "01abdx", "Imported-1", "777"):
        insert(id)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("3", 3),
        ("last", 5),
        ("01abc", 1),
        ("01ABC", 1),
        ("01abd", 2),
        ("01abdx", 3),
        ("Imp", 4),
        ("777", 5),
        (" 2 ", 2),
    ],
)
def test_a_name_names_one_capture(connection: sqlite3.Connection, name: str, number: int) -> None:
    assert resolve(connection, name) == number


@pytest.mark.parametrize("name", ["", "6", "imported-1", "02", "%", "01abc\U0010ffff", "9" * 30, "last1"])
def test_a_name_of_nothing_is_told(connection: sqlite3.Connection, name: str) -> None:
    with pytest.raises(NoSuchCapture, match="hookscope list"):
        resolve(connection, name)


def test_the_last_of_none_is_told_as_that(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM captures")
    with pytest.raises(NoSuchCapture, match="nothing is captured yet"):
        resolve(connection, "last")


def test_a_name_of_several_lists_them(connection: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match=r"1 \(01abc\), 2 \(01abd\), 3 \(01abdx\)"):
        resolve(connection, "01")


def test_what_is_not_there_is_empty(connection: sqlite3.Connection) -> None:
    assert read_summary(connection, 99) is None
    assert read_cursor(connection, "e") is None
    assert read_findings(connection, 99, None) == ()
