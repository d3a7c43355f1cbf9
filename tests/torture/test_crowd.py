"""The quick form of `crowd`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from torture import crowd


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_crowd_of_slow_senders_and_idle_sessions_leaves_nothing_behind(tmp_path: Path) -> None:
    (await crowd.run(tmp_path, crowd.QUICK)).check()
