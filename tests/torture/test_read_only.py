"""Databases that may only be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from torture import read_only


@pytest.mark.skipif(read_only.prefix() is None, reason="root cannot give up its rights here")
async def test_a_database_that_may_only_be_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    (await read_only.run(tmp_path)).check()
