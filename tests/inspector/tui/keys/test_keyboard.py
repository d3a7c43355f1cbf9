from __future__ import annotations

from typing import Any

import pytest

from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.keys.keyboard import Keyboard, key_sign, read_keyboard
from hookscope_relay.errors import InputError


def test_without_a_keymap_the_table_counts() -> None:
    assert Keyboard(ACTIONS).by_key["r"].name == "replay"
    assert Keyboard(ACTIONS).by_key["G"].name == "bottom"


def test_a_keymap_takes_the_place_of_an_actions_keys() -> None:
    keyboard = read_keyboard(ACTIONS, {"replay": "z", "mark": ["M", "f5"]})
    assert keyboard.by_key["z"].name == "replay"
    assert "r" not in keyboard.by_key
    assert keyboard.keys_of(keyboard.by_name["mark"]) == ("M", "f5")
    assert keyboard.signs_of(keyboard.by_name["mark"]) == ["M", "F5"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"repaly": "R"}, "did you mean replay?"),
        ({"zzzzzzz": "R"}, "see the help screen"),
        ({"replay": 3}, "must be a key"),
        ({"replay": []}, "must be a key"),
        ({"replay": "m"}, "'m' is given to"),
    ],
)
def test_a_keymap_that_makes_no_sense_is_refused_in_a_sentence(table: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match="keys") as caught:
        read_keyboard(ACTIONS, table)
    assert told in str(caught.value)


@pytest.mark.parametrize(("key", "sign"), [("ctrl+p", "^p"), ("down", "↓"), ("G", "G"), ("f1", "F1"), ("f", "f")])
def test_keys_are_written_for_a_reader(key: str, sign: str) -> None:
    assert key_sign(key) == sign
