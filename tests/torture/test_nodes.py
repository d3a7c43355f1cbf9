"""The quick forms of `node_kills`, `node_resume` and `node_load`: the first two share a cluster, which takes seconds to find a leader."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nats_servers import NatsCluster
from torture import node_kills, node_load, node_resume


async def test_nothing_is_lost_or_doubled_while_the_leader_of_the_cluster_is_killed(
    tmp_path: Path, nats_cluster: NatsCluster
) -> None:
    (await node_kills.run(tmp_path, node_kills.QUICK, nats_cluster)).check()


async def test_inspectors_that_come_and_go_hold_exactly_what_was_acknowledged(
    tmp_path: Path, nats_cluster: NatsCluster
) -> None:
    (await node_resume.run(tmp_path, node_resume.QUICK, nats_cluster)).check()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(not os.environ.get("HOOKSCOPE_TORTURE"), reason="five processes for figures; make torture")
async def test_nodes_take_deliveries_with_and_without_sessions_and_count_what_that_costs(tmp_path: Path) -> None:
    for figures in await node_load.run(tmp_path, node_load.QUICK):
        figures.check()
