"""The quick form of `node_kills`."""

from __future__ import annotations

from pathlib import Path

import pytest

from nats_servers import NatsCluster
from torture import node_kills

pytestmark = pytest.mark.xdist_group("nats_cluster")  # three servers take seconds to find a leader


async def test_nothing_is_lost_or_doubled_while_the_leader_of_the_cluster_is_killed(
    tmp_path: Path, nats_cluster: NatsCluster
) -> None:
    (await node_kills.run(tmp_path, node_kills.QUICK, nats_cluster)).check()
