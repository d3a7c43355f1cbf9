"""Makes the generated sections of README.md and of the pages in docs/.

python bench/readme.py            prints them
python bench/readme.py --write    writes them between their markers
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hookscope.commands.command import Argument, load
from hookscope.commands.parser import usage
from hookscope.config.option import Option
from hookscope.config.project import way_of
from hookscope.config.words import COMMANDS
from hookscope.tools.filters.completion import table as filter_rows
from hookscope.tui.actions.table import ACTIONS
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.help import keys_table

ROOT = Path(__file__).resolve().parent.parent


def commands() -> str:
    """A row for each command."""
    rows = [(f"`hookscope {usage(command)}`", command.summary) for command in map(load, COMMANDS)]
    return markdown(("command", "does"), rows)


def options() -> str:
    """A table of arguments and options for each command."""
    parts = []
    for command in map(load, COMMANDS):
        rows = [argument_row(argument) for argument in command.arguments]
        rows += [option_row(option, command.name) for option in command.options]
        table = markdown(("option", "variable", "default", "does"), rows) if rows else "No options."
        parts.append(f"## `hookscope {usage(command)}`\n\n{table}")
    return "\n\n".join(parts)


def argument_row(argument: Argument) -> tuple[str, str, str, str]:
    return f"`{argument.name.upper()}`", "", "", argument.help


def option_row(option: Option, command: str) -> tuple[str, str, str, str]:
    """What README says of an option; marks say whether a project's file may set it."""
    way = None if option.widens_trust else way_of(command, option.name)
    mark = "" if way is None else " †" if way in ("trusted", "inside") else " °"
    flag = f"`{spelling(option)}`{mark}" + (" (repeats)" if option.repeat else "")
    return flag, f"`{option.variable}`", default(option), option.help


def spelling(option: Option) -> str:
    """The option as a person types it."""
    if option.kind == "flag":
        return f"--no-{option.name}" if option.default else f"--{option.name}"
    value = option.metavar or option.name.upper().replace("-", "_")
    return f"--{option.name} [{value}]" if option.implied else f"--{option.name} {value}"


def default(option: Option) -> str:
    """The default as a person would write it; empty where there is none."""
    if option.kind == "flag":
        return "on" if option.default else ""
    if option.default in (None, ""):
        return ""
    if option.kind == "duration":
        return f"`{option.default:g}s`"
    return f"`{option.default}`"


def filters() -> str:
    """A row for each key of the filter language."""
    return markdown(
        ("filter", "takes", "means"), [(f"`{example}`", takes, means) for example, takes, means in filter_rows()]
    )


def markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


SECTIONS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "commands": ("README.md", commands),
    "options": ("docs/options.md", options),
    "keys": ("docs/keys.md", lambda: keys_table(Keyboard(ACTIONS))),
    "filters": ("docs/filters.md", filters),
}
"""Each section by its name: the page that it stands on, and what makes it."""


def markers(name: str) -> tuple[str, str]:
    """The lines before and after a section."""
    return f"<!-- generated: {name} -->", f"<!-- end: {name} -->"


def section_of(text: str, name: str) -> str:
    """What stands between a section's markers; ValueError where they are missing."""
    begin, end = markers(name)
    _, found, rest = text.partition(begin + "\n")
    inside, closed, _ = rest.partition("\n" + end)
    if not found or not closed:
        raise ValueError(f"the page lacks {begin} or {end}")
    return inside


def write() -> None:
    """Make every section anew in its page."""
    for name, (page, make) in SECTIONS.items():
        path = ROOT / page
        begin, end = markers(name)
        text = path.read_text("utf-8")
        path.write_text(text.replace(f"{begin}\n{section_of(text, name)}\n{end}", f"{begin}\n{make()}\n{end}"), "utf-8")


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write()
    else:
        for name, (_, make) in SECTIONS.items():
            begin, end = markers(name)
            sys.stdout.write(f"{begin}\n{make()}\n{end}\n\n")
