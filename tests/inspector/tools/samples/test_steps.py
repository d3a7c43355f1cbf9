from __future__ import annotations

import random

import pytest

from hookscope.tools.samples.steps import MOST, Wanted, plan_steps
from hookscope_relay.errors import InputError


def plan(**wanted):
    return plan_steps(Wanted(**wanted), random.Random(7))


def test_one_event_is_one_step():
    (step,) = plan()
    assert (step.event, step.send_at_s, step.happened_at_s, step.waits, step.items) == (0, 0, 0, True, 1)


def test_events_happened_one_after_another_and_the_last_one_now():
    assert [step.happened_at_s for step in plan(count=3)] == [-2, -1, 0]


def test_a_rate_spaces_them_and_does_not_wait_for_answers():
    steps = plan(count=3, rate=4)
    assert [step.send_at_s for step in steps] == [0, 0.25, 0.5]
    assert not any(step.waits for step in steps)


def test_a_duplicate_follows_its_event():
    assert [(step.event, step.copy) for step in plan(count=2, duplicate=True)] == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]


@pytest.mark.parametrize("count", [2, 3, 10])
def test_shuffled_events_do_not_come_in_the_order_in_which_they_happened(count):
    for seed in range(50):
        steps = plan_steps(Wanted(count=count, shuffle=True), random.Random(seed))
        events = [step.event for step in steps]
        assert events != sorted(events)
        assert sorted(events) == list(range(count))
        assert [step.happened_at_s for step in steps] == [event - count + 1 for event in events]


def test_a_burst_is_rapid_and_holds_several_edits_in_an_event():
    steps = plan(count=20, burst=True)
    assert max(step.send_at_s for step in steps) < 1
    assert {step.items for step in steps} == {1, 2, 3, 4}
    assert not any(step.waits for step in steps)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"count": 0}, "--count 0 is not between 1"),
        ({"count": MOST + 1}, "--count"),
        ({"shuffle": True}, "one delivery cannot be out of order"),
        ({"rate": -1}, "above zero"),
    ],
)
def test_nonsense_is_refused(wanted, words):
    with pytest.raises(InputError, match=words):
        plan(**wanted)
