"""The options that commands share."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import load
from hookscope.config.option import Option
from hookscope.config.words import COMMANDS

SHARED = {one for one in vars(options).values() if isinstance(one, Option)}


def test_an_option_stands_here_because_several_commands_have_it() -> None:
    taken = [option for command in map(load, COMMANDS) for option in command.options]
    assert [one.name for one in SHARED if taken.count(one) < 2] == []


def test_what_several_commands_have_alike_stands_here() -> None:
    taken = {id(option): option for command in map(load, COMMANDS) for option in command.options}
    alone = [option for option in taken.values() if option not in SHARED]
    assert [option.name for option in alone if alone.count(option) > 1] == []
