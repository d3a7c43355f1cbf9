from __future__ import annotations

from hookscope.tui.actions.does import DEEDS
from hookscope.tui.actions.table import ACTIONS


def test_the_deeds_stand_in_the_order_of_the_actions() -> None:
    in_table = [action.name for action in ACTIONS]
    assert sorted(DEEDS) == sorted(in_table)
    assert all(callable(deed) for deed in DEEDS.values())
