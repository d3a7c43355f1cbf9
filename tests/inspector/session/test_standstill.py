from __future__ import annotations

import pytest

from hookscope.session.standstill import Standstill


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standstill(clock: Clock) -> Standstill:
    """One that has seen a delivery of a relay whose clock is 7 s ahead, on a way of 0.1 s."""
    made = Standstill(clock, clock)
    assert not made.is_too_late(clock.now + 7 - 0.1, 25.0)
    return made


@pytest.mark.parametrize(
    ("still_s", "came_after_s", "left_s", "late"),
    [
        (30.0, 1.0, 25.0, True),
        (30.0, 20.0, 25.0, False),
        (30.0, 30.0, 25.0, False),
        (4.0, 0.5, 25.0, False),
        (4.0, 0.5, 3.0, True),
    ],
)
def test_what_lay_here_longer_than_its_sender_waited_is_too_late(
    clock: Clock, standstill: Standstill, still_s: float, came_after_s: float, left_s: float, late: bool
) -> None:
    received_at = clock.now + came_after_s + 7 - 0.1
    clock.now += still_s
    assert standstill.is_too_late(received_at, left_s) == late


def test_a_process_that_runs_believes_the_relay(clock: Clock, standstill: Standstill) -> None:
    for _ in range(100):
        clock.now += 1.0
        standstill.look()
    assert not standstill.is_too_late(clock.now - 500, 25.0)


def test_some_time_after_a_pause_all_is_as_before(clock: Clock, standstill: Standstill) -> None:
    clock.now += 60.0
    standstill.look()
    for _ in range(4):
        clock.now += 1.0
        standstill.look()
    assert not standstill.is_too_late(clock.now - 500, 25.0)


def test_a_clock_that_is_set_is_no_pause(clock: Clock) -> None:
    running = Clock()
    standstill = Standstill(running, clock)
    assert not standstill.is_too_late(clock.now, 25.0)
    received_at = clock.now
    clock.now += 3600.0
    running.now += 1.0
    assert not standstill.is_too_late(received_at, 25.0)
