"""The quick form of `node_load`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from torture import node_load


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_nodes_take_deliveries_with_and_without_sessions_and_count_what_that_costs(tmp_path: Path) -> None:
    for figures in await node_load.run(tmp_path, node_load.QUICK):
        figures.check()
