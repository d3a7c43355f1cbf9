"""Values that are frozen and cheap, and dataclasses to whoever is given one."""

from __future__ import annotations

import dataclasses
import gc

import pytest

from hookscope_relay.value import Value


class Point(Value, frozen=True, kw_only=True):
    x: int
    y: int = 0


class Other(Value, frozen=True, kw_only=True):
    z: int


class Knot(Point, frozen=True, kw_only=True, gc=True):
    ends: list[object]


def test_it_is_equal_by_its_fields_and_may_be_a_key() -> None:
    assert Point(x=1) == Point(x=1, y=0) != Point(x=2)
    assert {Point(x=1): "one"}[Point(x=1)] == "one"


def test_nothing_of_it_can_be_set() -> None:
    with pytest.raises(AttributeError):
        Point(x=1).x = 2  # type: ignore[misc]


def test_to_dataclasses_it_is_one() -> None:
    assert dataclasses.replace(Point(x=1, y=2), y=3) == Point(x=1, y=3)
    assert dataclasses.asdict(Point(x=1)) == {"x": 1, "y": 0}
    assert [field.name for field in dataclasses.fields(Other(z=1))] == ["z"]
    with pytest.raises(TypeError):
        dataclasses.replace(Point(x=1), z=3)  # type: ignore[call-arg]


def test_the_collector_looks_at_those_only_that_may_stand_in_a_circle() -> None:
    assert not gc.is_tracked(Point(x=1))
    assert gc.is_tracked(Knot(x=1, ends=[]))
