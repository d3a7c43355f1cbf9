"""The quick form of `node_resume`."""

from __future__ import annotations

from pathlib import Path

import pytest

from nats_servers import NatsCluster
from torture import node_resume

pytestmark = pytest.mark.xdist_group("nats_cluster")  # three servers take seconds to find a leader


async def test_inspectors_that_come_and_go_hold_exactly_what_was_acknowledged(
    tmp_path: Path, nats_cluster: NatsCluster
) -> None:
    (await node_resume.run(tmp_path, node_resume.QUICK, nats_cluster)).check()
