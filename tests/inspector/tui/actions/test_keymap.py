from __future__ import annotations

from typing import Any

import pytest

from hookscope.tui.actions.keymap import key_table, keys_of, read_keymap
from hookscope.tui.actions.table import BY_NAME
from hookscope_relay.errors import InputError


def test_without_a_keymap_the_table_counts() -> None:
    assert key_table({})["r"] == "replay"
    assert key_table({})["G"] == "bottom"


def test_a_keymap_takes_the_place_of_an_actions_keys() -> None:
    keymap = read_keymap({"replay": "z", "mark": ["M", "f5"]})
    table = key_table(keymap)
    assert table["z"] == "replay"
    assert "r" not in table
    assert keys_of(BY_NAME["mark"], keymap) == ("M", "f5")


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
        read_keymap(table)
    assert told in str(caught.value)
