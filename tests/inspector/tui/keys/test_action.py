from __future__ import annotations

from dataclasses import replace

import pytest

from hookscope.model.summary import Summary
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.engine.state import Session
from hookscope.tui.keys.action import ActionSituation, why_not

BY_NAME = {action.name: action for action in ACTIONS}
SELECTED = Summary(number=1, id="a", received_at=0, method="POST", target="/")


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
