from __future__ import annotations

from hookscope.model.summary import Summary
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.engine.state import Session
from hookscope.tui.keys.action import ActionSituation
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.footer import ListPlace, action_at, render_keys, render_status

KEYS = Keyboard(ACTIONS)

SELECTED = Summary(
    number=1, id="a", received_at=0, method="POST", target="/", severity="error", title="The handler redirects"
)
SITUATION = ActionSituation(Session(url="https://x", handler="http://localhost:3000"), SELECTED, rows=1)


def test_the_status_says_place_filter_news_and_follow() -> None:
    place = ListPlace(row=3, rows=1200, unseen=2, follow=True, filter_text="is:failed")
    text = render_status(place, SITUATION, 140).plain
    for part in (
        "filter is:failed",
        "3 of 1,200 deliveries",
        "↓ 2 new",
        "follows the newest",
        "Esc shows all",
        "✗ The handler redirects",
    ):
        assert part in text
    assert len(text) == 140


def test_a_pause_is_in_the_status() -> None:
    assert "‖ paused" in render_status(ListPlace(), ActionSituation(Session(paused=True), None), 80).plain


def test_the_keys_are_those_that_can_run_now() -> None:
    assert "r replay" in render_keys(SITUATION, KEYS, 120).plain
    assert "replay" not in render_keys(ActionSituation(Session(), SELECTED), KEYS, 120).plain
    assert "open" not in render_keys(ActionSituation(Session(), None), KEYS, 120).plain


def test_only_keys_that_fit_whole_are_shown() -> None:
    assert render_keys(SITUATION, KEYS, 25).plain == " Enter open  r replay    "


def test_a_pause_is_ended_by_the_same_key() -> None:
    assert "P go on" in render_keys(ActionSituation(Session(handler="x", paused=True), SELECTED), KEYS, 140).plain


def test_a_click_finds_the_action_under_it() -> None:
    text = render_keys(SITUATION, KEYS, 120).plain
    assert action_at(SITUATION, KEYS, text.index("replay")) == "replay"
    assert action_at(SITUATION, KEYS, text.index("? help")) == "help"
    assert action_at(SITUATION, KEYS, 119) == ""


def test_remapped_keys_are_shown() -> None:
    assert "z replay" in render_keys(SITUATION, Keyboard(ACTIONS, {"replay": ("z",)}), 120).plain


def test_an_empty_list_offers_what_brings_something_into_it() -> None:
    text = render_keys(ActionSituation(Session(url="https://x"), None), KEYS, 120).plain
    assert text.startswith(" n sample  y copy URL  S secret  H handler  / filter")
    assert action_at(ActionSituation(Session(url="https://x"), None), KEYS, 1) == "sample"


def test_while_forwarding_is_paused_the_way_on_comes_first() -> None:
    session = Session(url="https://x", handler="http://x", paused=True)
    text = render_keys(ActionSituation(session, SELECTED, rows=1), KEYS, 60).plain
    assert text.startswith(" P go on")
