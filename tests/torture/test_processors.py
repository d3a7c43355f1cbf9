"""What processes and the machine use."""

from __future__ import annotations

import os
import sys
import time

import pytest

from torture.processors import Usage, used


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_work_of_this_process_is_counted_under_its_name() -> None:
    with used({"me": [os.getpid()]}) as usage:
        until = time.process_time() + 0.1
        while time.process_time() < until:
            usage.count += 1
    assert 0.05 <= usage.spent["me"] <= 2 * usage.seconds
    assert usage.idle + usage.others + usage.spent["me"] <= usage.seconds * (os.cpu_count() or 1) * 1.5 + 0.2


def test_what_bounds_is_what_is_not_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    busy = Usage(1000, 1.0, {"relays": 1.0, "servers": 0.5}, others=0.5)
    assert (busy.per_second, busy.each_us) == (1000.0, {"relays": 1000, "servers": 500, "all": 1500})
    assert busy.allowed_per_second == pytest.approx(1333.3, abs=0.1)
    assert busy.bound == "processors(relays:50%,servers:25%,others:25%,idle:0%)"
    assert Usage(10, 1.0, {"relays": 0.5}, idle=1.5).bound == "waiting(relays:25%,others:0%,idle:75%)"
