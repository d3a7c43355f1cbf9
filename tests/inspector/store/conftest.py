from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hookscope.model.verdict import Recognition
from hookscope.store.captures import CaptureStore
from hookscope.store.inserts import LogPlace, insert_capture
from hookscope.store.schema import MIGRATIONS
from hookscope_relay.delivery import Delivery


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaptureStore]:
    opened = CaptureStore.open(tmp_path / "state" / "captures.db")
    yield opened
    opened.close()


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """A database with our tables, and nothing in them."""
    opened = sqlite3.connect(":memory:", isolation_level=None)
    for script in MIGRATIONS:
        opened.executescript(script)
    yield opened
    opened.close()


@pytest.fixture
def insert(connection: sqlite3.Connection) -> Callable[..., int]:
    """Inserts a capture; gives its number."""

    def insert(id: str, number: int | None = None, *, at: float = 1.0, body: bytes = b"") -> int:
        kept = insert_capture(
            connection,
            Delivery(id=id, received_at=at, method="POST", target="/", headers=(), body=body),
            LogPlace(),
            origin="sample",
            owed=False,
            missed=False,
            recognition=Recognition(),
            digest=b"",
            number=number,
        )
        return kept.number

    return insert
