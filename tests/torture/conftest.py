"""What scenarios share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from nats_servers import NatsCluster

# Seconds of a processor each, for what test_in_process.py and tests/e2e/test_streams.py hold in one process: these quick
# forms are the beginning of `make torture`.
ASIDE = ("test_big_bodies.py", "test_first_large.py", "test_frozen.py", "test_streams.py")
collect_ignore = [] if os.environ.get("HOOKSCOPE_TORTURE") else list(ASIDE)


@pytest.fixture(scope="session")
def nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    """Three NATS servers; each test has endpoints of its own on them, and may kill them if it starts them again."""
    cluster = NatsCluster(tmp_path_factory.mktemp("nats"))
    cluster.start()
    yield cluster
    cluster.kill()
