"""The dialogue and the file are held by tests/inspector/apps/init."""

from __future__ import annotations

from hookscope.commands.init import COMMAND
from hookscope.config.settings import resolve


def test_its_options_are_not_taken_from_the_file_that_it_writes() -> None:
    assert resolve(COMMAND.options, {}, {}, "init").sources["provider"] == "default"
