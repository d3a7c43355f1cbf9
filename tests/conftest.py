"""What holds for every test: nothing that one writes by a relative path lands in the checkout."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hookscope.store.captures import CaptureStore
    from hookscope_relay.app import Relay
    from nats_servers import NatsServer


# The files that take longest, the longest first (`pytest --durations=0` says which): a worker that came to one of them last
# would be waited for by the others.
LONG_FIRST = (
    "tests/torture/test_kills.py",
    "tests/torture/test_crowd.py",
    "tests/torture/test_clocks.py",
    "tests/torture/test_disk_full.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the long files; `--dist loadfile --no-loadscope-reorder` hands them out in this order."""
    rank = {config.rootpath / file: number for number, file in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session", autouse=True)
def away_from_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each worker runs in an empty directory: a key that a busy screen loses must not save a file beside the code."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def nats() -> Iterator[NatsServer]:
    """A NATS server for all tests of a worker; each test has a log of its own on it."""
    from nats_servers import serving

    with serving(sync=False) as server:
        yield server


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    """A relay in memory on a port of its own."""
    from relays import relaying

    async with relaying() as relay:
        yield relay


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaptureStore]:
    """An empty capture store."""
    from hookscope.store.captures import CaptureStore

    store = CaptureStore.open(tmp_path / "captures.db")
    yield store
    store.close()
