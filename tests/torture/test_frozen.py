"""The quick form of `frozen`, with pings that are twenty times as frequent."""

from __future__ import annotations

from pathlib import Path

from torture import frozen


async def test_what_is_frozen_is_noticed_leaves_others_alone_and_loses_nothing(tmp_path: Path) -> None:
    for figures in await frozen.run(tmp_path, frozen.QUICK):
        figures.check()
