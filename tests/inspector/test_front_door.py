"""The requests of a face are plain values, and a session serves each of them."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from hookscope.front_door import Mark, Replay, Request


@pytest.mark.parametrize("kind", get_args(Request))
def test_a_request_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_equal_requests_are_equal() -> None:
    assert Replay(name="7") == Replay(name="7")
    assert Mark(name="7") == Mark(name="7", on=True) != Mark(name="7", on=False)
