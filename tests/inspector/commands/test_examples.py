from __future__ import annotations

import shlex

import pytest

from hookscope.commands.command import load
from hookscope.commands.examples import EXAMPLES, FIRST
from hookscope.commands.parser import build_parser
from hookscope.config.values import KINDS
from hookscope.config.words import COMMANDS
from hookscope.tools.filters.language import parse

LINES = [line for lines in EXAMPLES.values() for line, _ in lines]


def test_every_command_has_examples_of_itself() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    assert [
        line for name, lines in EXAMPLES.items() for line, _ in lines if line.split()[:2] != ["hookscope", name]
    ] == []


def test_five_commands_come_first_and_exist() -> None:
    assert len(FIRST) == 5
    assert {line.split()[1] for line, _ in FIRST} <= {"3000", *COMMANDS}


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_what_its_command_takes(line: str) -> None:
    _, name, *rest = shlex.split(line)
    command = load(name)
    given = vars(build_parser({name: command}).parse_args([name, *rest]))
    for option in command.options:
        if option.kind != "flag" and option.name in given:
            KINDS[option.kind].parse(
                given[option.name] if isinstance(given[option.name], str) else given[option.name][0]
            )
    if given.get("filter"):
        parse(" ".join(given["filter"]))
