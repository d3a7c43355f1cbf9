from __future__ import annotations

from hookscope.tui.actions import ACTIONS, Situation
from hookscope.tui.presentation.help import GROUPS, help_document, keys_table
from hookscope.tui.state import Session


def test_every_action_is_in_the_help_and_in_the_table() -> None:
    text = help_document(Situation(Session(), None), {}).text(200)
    for action in ACTIONS:
        assert action.help in text
        assert f"`{action.name}`" in keys_table()
        assert action.group in GROUPS


def test_an_action_that_cannot_run_says_why() -> None:
    text = help_document(Situation(Session(), None), {}).text(200)
    assert "(not now: no delivery is selected)" in text


def test_remapped_keys_are_shown() -> None:
    assert "R ^x" in help_document(Situation(Session(), None), {"replay": ("R", "ctrl+x")}).text(200)
