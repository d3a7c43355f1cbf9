"""From the words of a command line to a command that has run: reads them, resolves the settings, runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hookscope.commands.command import load
from hookscope.commands.parser import read_line
from hookscope.config.settings import resolve
from hookscope.config.words import COMMANDS


def perform(arguments: Sequence[str], tell: Callable[[str], None]) -> int:
    """Run a command line; `tell` hears what the user should know of a project's file. Errors propagate."""
    import os

    command, values = read_line({name: load(name) for name in _wanted(arguments)}, arguments)
    settings = resolve(command.options, values, os.environ, command.name, known=known_options)
    for note in settings.notes:
        tell(note)
    return command.run(settings)


def known_options() -> dict[str, frozenset[str]]:
    """The options of every command: what configuration files may speak of."""
    return {name: frozenset(option.name for option in load(name).options) for name in COMMANDS}


def _wanted(arguments: Sequence[str]) -> tuple[str, ...]:
    """Only the named command's module, where the first word names one: start-up stays quick."""
    first = arguments[0] if arguments else ""
    return (first,) if first in COMMANDS else COMMANDS
