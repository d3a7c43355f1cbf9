"""The form of a command: a row of data and a function from settings to an exit code."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.config.option import Option
from hookscope.config.settings import Settings

Count: TypeAlias = Literal["one", "optional", "any", "some"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A positional argument; `any` and `some` make a tuple (read it with `Settings.many`)."""

    name: str
    help: str
    count: Count = "one"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its words for the help text and the README, its inputs, and what it does.

    `run` returns the exit code, prints data to stdout and everything else to stderr, and raises `HookscopeError` for
    what a person can act on. A module of a command imports at its top only what costs nothing.
    """

    name: str
    summary: str
    run: Callable[[Settings], int]
    description: str = ""
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()


def load(name: str) -> Command:
    """The command of that name."""
    command: Command = importlib.import_module(f"hookscope.commands.{name}").COMMAND
    return command
