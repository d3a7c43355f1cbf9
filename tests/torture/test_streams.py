"""The quick form of `streams`."""

from __future__ import annotations

from pathlib import Path

from torture import streams


async def test_what_is_passed_on_as_it_comes_takes_no_memory(tmp_path: Path) -> None:
    (await streams.run(tmp_path, streams.QUICK)).check()
