"""The quick form of `clocks`."""

from __future__ import annotations

from pathlib import Path

from torture import clocks


async def test_a_clock_that_jumps_either_way_is_no_end_and_no_loss(tmp_path: Path) -> None:
    (await clocks.run(tmp_path, clocks.QUICK)).check()
