"""The process of a user's function: what it reads, and what it writes."""

from __future__ import annotations

import io
from operator import attrgetter
from pathlib import Path

import pytest

from factories import make_delivery
from hookscope.session.transform_child import Changed, change, frame, load, read_frame, told


def test_frames_are_read_as_they_were_written() -> None:
    source = io.BytesIO(frame(Changed(make_delivery(id="a"))) + frame(Changed(error="x")) + b"\0\0")
    assert read_frame(source) and read_frame(source)
    assert read_frame(source) == b""


def test_what_a_function_gives_back_is_a_delivery_or_nothing_or_an_error() -> None:
    delivery = make_delivery()
    assert change(lambda one: one, delivery) == Changed(delivery)
    assert change(lambda one: None, delivery) == Changed()
    assert change(lambda one: 5, delivery).error == "it gave back int, and not a delivery or None"
    assert change(attrgetter("nothing"), delivery).error.startswith("AttributeError: ")


def test_an_error_is_its_last_line_and_its_place() -> None:
    try:
        raise ValueError("a b")
    except ValueError as error:
        assert told(error) == f"ValueError: a b (test_transform_child.py:{error.__traceback__.tb_lineno})"


def test_a_module_is_looked_for_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "some_module_of_mine.py").write_text("def f(delivery):\n    return None\nX = 1\n")
    assert load("some_module_of_mine:f", str(tmp_path))(make_delivery()) is None
    with pytest.raises(TypeError, match="is no function"):
        load("some_module_of_mine:X", str(tmp_path))
