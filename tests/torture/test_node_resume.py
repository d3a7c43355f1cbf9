"""The quick form of `node_resume`."""

from __future__ import annotations

from pathlib import Path

from torture import node_resume


async def test_inspectors_that_come_and_go_hold_exactly_what_was_acknowledged(tmp_path: Path) -> None:
    (await node_resume.run(tmp_path, node_resume.QUICK)).check()
