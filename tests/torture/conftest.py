"""What scenarios share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nats_servers import NatsCluster


@pytest.fixture(scope="session")
def nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    """Three NATS servers; each test has endpoints of its own on them, and may kill them if it starts them again."""
    cluster = NatsCluster(tmp_path_factory.mktemp("nats"))
    cluster.start()
    yield cluster
    cluster.kill()
