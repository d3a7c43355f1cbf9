"""The quick form of `disk_full`: on a real small file system where a user may mount one,
else by a limit on file sizes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from torture import disk_full
from torture.disk_full import QUICK, WHOSE, Whose
from torture.tiny_disk import FileLimit, can_mount


@pytest.mark.parametrize("whose", WHOSE)
async def test_nothing_is_acknowledged_that_a_full_disk_did_not_keep(tmp_path: Path, whose: Whose) -> None:
    if can_mount():
        figures = await asyncio.to_thread(disk_full.run_mounted, tmp_path, whose, quick=True)
    else:
        figures = await disk_full.run(tmp_path, QUICK, whose, FileLimit)
    figures.check()
