"""The quick form of `kills`."""

from __future__ import annotations

from pathlib import Path

from torture import kills


async def test_nothing_is_lost_or_doubled_while_both_ends_are_killed_and_the_link_is_cut(tmp_path: Path) -> None:
    (await kills.run(tmp_path, kills.QUICK)).check()
