from __future__ import annotations

from typing import get_args

from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.engine.state import Session
from hookscope.tui.keys.action import ActionSituation, Need
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.help import GROUPS, LACKS, help_document, keys_table

KEYS = Keyboard(ACTIONS)


def test_every_action_is_in_the_help_and_in_the_table() -> None:
    text = help_document(ActionSituation(Session(), None), KEYS).text(200)
    for action in ACTIONS:
        assert f"{action.label}  {action.help}" in text
        assert f"`{action.name}`" in keys_table(KEYS)
        assert action.group in GROUPS


def test_every_need_has_its_words() -> None:
    assert set(LACKS) == set(get_args(Need))


def test_an_action_that_cannot_run_says_why() -> None:
    text = help_document(ActionSituation(Session(), None), KEYS).text(200)
    assert "(needs a delivery)" in text


def test_remapped_keys_are_shown() -> None:
    assert "R ^x" in help_document(
        ActionSituation(Session(), None), Keyboard(ACTIONS, {"replay": ("R", "ctrl+x")})
    ).text(200)
