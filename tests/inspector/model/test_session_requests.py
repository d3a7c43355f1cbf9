"""The requests of a face are plain values, and a session serves each of them."""

from __future__ import annotations

import dataclasses

import pytest

from hookscope.model import session_requests
from hookscope.model.session_requests import Desk, MarkCapture, Replay, SessionRequest

REQUESTS = [
    kind
    for kind in vars(session_requests).values()
    if isinstance(kind, type) and issubclass(kind, SessionRequest) and kind is not SessionRequest
]


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_service_of_the_desk_is_asked_for_by_one_request() -> None:
    services = {name for name in vars(Desk) if not name.startswith("_")}
    asked = [set(kind.serve.__code__.co_names) & services for kind in REQUESTS]
    assert all(len(names) == 1 for names in asked)
    assert set.union(*asked) == services


def test_equal_requests_are_equal() -> None:
    assert Replay(name="7") == Replay(name="7")
    assert MarkCapture(name="7") == MarkCapture(name="7", on=True) != MarkCapture(name="7", on=False)
