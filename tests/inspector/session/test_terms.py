"""How long a handler may take."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hookscope.session.terms import BREAKPOINT_S, COPY_S, Forwarding


@pytest.mark.parametrize(
    ("options", "own", "left_s", "limit_s"),
    [
        ({}, None, 10.0, 9.5),
        ({}, None, 0.1, 0.05),
        ({}, 2.0, 10.0, 2.0),
        ({"timeout_s": 3.0}, None, 10.0, 3.0),
        ({"timeout_s": 3.0}, 2.0, 10.0, 2.0),
        ({"timeout_s": 30.0}, None, 10.0, 9.5),
        ({"answer_at_once": 200}, None, 10.0, BREAKPOINT_S),
        ({"answer_at_once": 200, "timeout_s": 60.0}, None, 10.0, 60.0),
    ],
)
def test_the_handler_has_a_little_less_time_than_the_sender_waits(
    options: dict[str, Any], own: float | None, left_s: float, limit_s: float
) -> None:
    # A stalled machine makes it less, never more.
    assert limit_s - 1 < Forwarding(**options).limit_s(time.monotonic() + left_s, own) <= limit_s


@pytest.mark.parametrize(
    ("options", "own", "limit_s"),
    [({}, None, COPY_S), ({"timeout_s": 3.0}, None, 3.0), ({"timeout_s": 3.0}, 90.0, 90.0)],
)
def test_a_copy_has_the_time_of_its_route_or_of_the_session(
    options: dict[str, Any], own: float | None, limit_s: float
) -> None:
    assert Forwarding(**options).copy_limit_s(own) == limit_s
