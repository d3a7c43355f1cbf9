"""The quick form of `node_kills`."""

from __future__ import annotations

from pathlib import Path

from torture import node_kills


async def test_nothing_is_lost_or_doubled_while_the_leader_of_the_cluster_is_killed(tmp_path: Path) -> None:
    (await node_kills.run(tmp_path, node_kills.QUICK)).check()
