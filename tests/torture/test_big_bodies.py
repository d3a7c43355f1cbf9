"""The quick form of `big_bodies`."""

from __future__ import annotations

from pathlib import Path

from torture import big_bodies


async def test_small_deliveries_do_not_wait_for_a_large_one(tmp_path: Path) -> None:
    (await big_bodies.run(tmp_path, big_bodies.QUICK)).check()
