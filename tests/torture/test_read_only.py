"""Databases that may only be read; one of them in every run of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from torture import read_only


@pytest.mark.skipif(read_only.prefix() is None, reason="root cannot give up its rights here")
async def test_a_database_that_may_only_be_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    starts = read_only.LONG if os.environ.get("HOOKSCOPE_TORTURE") else read_only.QUICK
    (await read_only.run(tmp_path, starts)).check()
