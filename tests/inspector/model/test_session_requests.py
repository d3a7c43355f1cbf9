"""The requests of a face are plain values, and a session serves each of them."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from hookscope.model.session_requests import MarkCapture, Replay, Request


@pytest.mark.parametrize("kind", get_args(Request))
def test_a_request_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_equal_requests_are_equal() -> None:
    assert Replay(name="7") == Replay(name="7")
    assert MarkCapture(name="7") == MarkCapture(name="7", on=True) != MarkCapture(name="7", on=False)
