from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.summary import Summary
from hookscope.tui.actions.does import DEEDS
from hookscope.tui.actions.table import ACTIONS, BY_NAME, ActionSituation, key_sign, why_not
from hookscope.tui.engine.state import Session

SELECTED = Summary(number=1, id="a", received_at=0, method="POST", target="/")


def test_every_action_has_a_deed_and_every_deed_an_action() -> None:
    assert set(DEEDS) == set(BY_NAME)


def test_no_key_is_given_twice() -> None:
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))


def test_an_action_without_a_key_is_in_the_palette() -> None:
    assert all(action.palette for action in ACTIONS if not action.keys)


@pytest.mark.parametrize(
    ("name", "situation", "reason"),
    [
        ("replay", ActionSituation(Session(handler="x"), None), "no delivery is selected"),
        ("replay", ActionSituation(Session(), SELECTED), "this session has no handler"),
        ("replay", ActionSituation(Session(handler="x"), SELECTED), ""),
        (
            "resign",
            ActionSituation(Session(handler="x"), replace(SELECTED, provider="")),
            "the provider of this delivery is not known",
        ),
        ("resign", ActionSituation(Session(handler="x"), replace(SELECTED, provider="notion")), ""),
        ("copy_url", ActionSituation(Session(), None), "the endpoint is not open yet"),
        ("keep_secret", ActionSituation(Session(), None), "no provider has sent"),
        ("keep_secret", ActionSituation(Session(), None, handshake=True), ""),
        ("quit", ActionSituation(Session(), None), ""),
    ],
)
def test_what_cannot_run_says_why(name: str, situation: ActionSituation, reason: str) -> None:
    assert why_not(BY_NAME[name], situation).startswith(reason)
    assert bool(why_not(BY_NAME[name], situation)) == bool(reason)


@pytest.mark.parametrize(("key", "sign"), [("ctrl+p", "^p"), ("down", "↓"), ("G", "G"), ("f1", "F1"), ("f", "f")])
def test_keys_are_written_for_a_reader(key: str, sign: str) -> None:
    assert key_sign(key) == sign
