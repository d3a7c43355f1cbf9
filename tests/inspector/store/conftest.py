from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hookscope.store.captures import CaptureStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaptureStore]:
    opened = CaptureStore.open(tmp_path / "state" / "captures.db")
    yield opened
    opened.close()
