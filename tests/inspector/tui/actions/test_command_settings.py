from __future__ import annotations

from typing import Any

from hookscope.tui.actions.command_settings import command_settings


def test_what_the_session_lacks_counts_as_not_given(world: Any) -> None:
    settings = command_settings(world.settings, to="http://localhost:1", max_sends=7)
    assert (settings.text("to"), settings.whole("max-sends")) == ("http://localhost:1", 7)
    assert (settings.text("secret-file"), settings.flag("insecure"), settings.many("param")) == ("", False, ())
    assert not settings.given("limit")
