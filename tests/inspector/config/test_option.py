"""What a text, or a value of a file, stands for in an option."""

from __future__ import annotations

from typing import Any

import pytest

from hookscope.config.option import Option, from_text, from_toml, parse_value
from hookscope_relay.errors import InputError

MANY = Option(name="only", help="", repeat=True)
WAIT = Option(name="wait-for", help="", kind="duration")


def test_its_variable_is_its_name() -> None:
    assert WAIT.variable == "HOOKSCOPE_WAIT_FOR"


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("flag", "maybe", "yes or no"),
        ("whole", "1.5", "whole number"),
        ("number", "x", "number"),
        ("bytes", "much", "size such as"),
        ("duration", "long", "duration such as"),
    ],
)
def test_a_value_that_makes_no_sense_names_option_and_source(kind: Any, text: str, says: str) -> None:
    with pytest.raises(InputError, match=f"HERE: '{text}' is not a {says}.*--opt"):
        parse_value(Option(name="opt", help="", kind=kind), text, "HERE")


def test_a_choice_that_is_none_lists_them() -> None:
    with pytest.raises(InputError, match="none of store, refuse"):
        parse_value(Option(name="away", help="", choices=("store", "refuse")), "burn", "--away")


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("", False), ("No", False)]
)
def test_flags_in_the_environment(text: str, value: bool) -> None:
    assert parse_value(Option(name="opt", help="", kind="flag"), text, "E") is value


@pytest.mark.parametrize(
    ("option", "value", "parsed"),
    [(WAIT, "2m", 120.0), (WAIT, 5, 5.0), (MANY, ["a", "b"], ["a", "b"]), (MANY, "a", ["a"]), (MANY, [], [])],
)
def test_a_value_of_a_file(option: Option, value: object, parsed: object) -> None:
    assert from_toml(option, value, "config.toml:1") == parsed


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        (WAIT, ["1s"], r"config\.toml:1, wait-for: .* is not one value"),
        (MANY, [{}], "only: .* is not one value"),
        (WAIT, {"a": 1}, "wait-for: .* is not one value"),
        (WAIT, "long", r"config\.toml:1, wait-for: 'long' is not a duration"),
    ],
)
def test_a_value_of_a_file_that_makes_no_sense_names_its_place(option: Option, value: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        from_toml(option, value, "config.toml:1")


def test_a_value_of_the_environment() -> None:
    assert from_text(WAIT, "500ms") == 0.5
    assert from_text(MANY, "") == []
    with pytest.raises(InputError, match="HOOKSCOPE_WAIT_FOR: ''"):
        from_text(WAIT, "")
