from __future__ import annotations

from textual.app import App
from textual.css.stylesheet import Stylesheet

from hookscope.tui.screens.arrangement import ARRANGEMENT


def test_the_rules_are_valid_and_know_the_narrow_screen() -> None:
    stylesheet = Stylesheet(variables=App[None]().get_css_variables())
    stylesheet.add_source(ARRANGEMENT)
    stylesheet.parse()
    assert any("-narrow" in rule.selectors for rule in stylesheet.rules)
