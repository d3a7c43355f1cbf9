"""A cursor never passes over what is still arriving."""

from __future__ import annotations

from pathlib import Path

from torture import first_large


async def test_a_large_delivery_that_is_still_arriving_is_not_passed_over(tmp_path: Path) -> None:
    (await first_large.run(tmp_path)).check()
