from __future__ import annotations

from hookscope.tui.actions.table import ACTIONS


def test_no_name_and_no_key_is_given_twice() -> None:
    for given in ([action.name for action in ACTIONS], [key for action in ACTIONS for key in action.keys]):
        assert len(given) == len(set(given))


def test_an_action_without_a_key_is_in_the_palette() -> None:
    assert all(action.palette for action in ACTIONS if not action.keys)
