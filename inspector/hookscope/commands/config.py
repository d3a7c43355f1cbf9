"""`hookscope config`: every setting of a command, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.look_up import Trace
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.config.toml_file import TomlFile


def run(settings: Settings) -> int:
    """Print the settings of the line that is given."""
    import json

    from hookscope.commands.command import load
    from hookscope.commands.parser import read_line
    from hookscope.config.settings import trace
    from hookscope.config.words import COMMANDS
    from hookscope_relay.errors import InputError

    line = list(settings.many("line")) or ["listen"]
    if line[0] not in COMMANDS:
        raise InputError(f"there is no command {line[0]!r}", "name a command, such as `hookscope config listen`")
    command, given = read_line({line[0]: load(line[0])}, line)
    known = {name: frozenset(option.name for option in load(name).options) for name in COMMANDS}
    traces = trace(command.options, given, settings.environ, command.name, known=lambda: known)
    if settings.flag("json"):
        for one in traces:
            print(json.dumps(to_mapping(one)))
        return 0
    tables = [row for name in _read_by(command.name, traces) for row in _tables(settings, name)]
    for text in (*render(command.name, traces), *tables, *_files(settings)):
        print(text)
    return 0


def to_mapping(one: Trace) -> dict[str, Any]:
    """A setting as plain JSON values."""
    value = bool(one.value) if one.option.kind == "flag" else one.value
    found = {"name": one.option.name, "value": value, "source": one.source, "place": one.place}
    return found | ({"refused": one.refused} if one.refused else {})


def render(command: str, traces: Sequence[Trace]) -> Iterator[str]:
    """What is set, then what is refused, then the defaults."""
    yield f"hookscope {command}"
    for title, shown in (
        ("set", [one for one in traces if one.source != "default"]),
        ("defaults", [one for one in traces if one.source == "default"]),
    ):
        if shown:
            yield f"{title}:"
        width = max((len(_value(one)) for one in shown if len(_value(one)) <= WIDEST), default=0)
        for one in shown:
            place = f"{SOURCES[one.source]}{one.place}"
            yield f"  {one.option.name:<18} {_value(one):<{width}}  {_safe(place)}".rstrip()
        if title == "set" and (refused := [one for one in traces if one.refused]):
            yield "not taken from the project's file:"
            yield from (f"  {one.option.name:<18} {_safe(one.refused)}" for one in refused)


WIDEST = 40
SOURCES = {"flag": "flag ", "environment": "environment ", "project": "", "user": "", "default": ""}


def _value(one: Trace) -> str:
    from hookscope.commands.parser import render_value

    if one.option.kind != "flag" and one.value in (None, "", []):
        return "-"
    values = one.value if isinstance(one.value, list) else [one.value]
    return _safe(", ".join(render_value(one.option, value) for value in values))


def _safe(text: str) -> str:
    from hookscope.text.safe import safe_text

    return safe_text(text)


def _read_by(command: str, traces: Sequence[Trace]) -> Iterator[str]:
    """Of which tables a command reads all: of routes unless it is given some, as a list of texts."""
    if any(one.option.name == "route" and not one.value for one in traces):
        yield "route"
    if command in ("listen", "relay"):
        yield "alert"


def _tables(settings: Settings, name: str) -> Iterator[str]:
    """The tables `[[name]]` that hold, each with what it is called and its place; or why they do not."""
    from hookscope.config.table_lists import read_tables
    from hookscope.model.errors import RefusedForSafety

    try:
        found = read_tables(name, settings.places)
    except RefusedForSafety as error:
        yield f"[[{name}]]: {_safe(str(error))}"
        return
    if found.tables:
        yield f"[[{name}]]:"
    for index, table in enumerate(found.tables):
        shown = ", ".join(f"{key} = {value}" for key, value in table.items() if key != "name")
        yield f"  {_safe(str(table.get('name', '-'))):<18} {_safe(shown)}  {_safe(found.place(index, ''))}"


def _files(settings: Settings) -> Iterator[str]:
    """Which files were looked at, and where hookscope keeps its own."""
    from pathlib import Path

    from hookscope.config.look_up import USER_FILE
    from hookscope.config.project import PROJECT_FILE, find_project
    from hookscope.config.toml_file import read_toml

    places = settings.places
    project = find_project(Path.cwd())
    user = read_toml(places.config / USER_FILE)
    yield "files:"
    yield f"  {'project':<18} {_project(settings, project) or f'no {PROJECT_FILE} here: `hookscope init` writes one'}"
    yield f"  {'user':<18} {places.config / USER_FILE}{'' if user.path else ' (not there)'}"
    yield f"  {'captures':<18} {places.captures}"
    yield f"  {'endpoint keys':<18} {places.endpoints}"


def _project(settings: Settings, file: TomlFile) -> str:
    from hookscope.config.project import wishes
    from hookscope.config.trust_record import is_trusted

    if file.path is None:
        return ""
    if is_trusted(settings.places.config, file):
        return f"{_safe(str(file.path))} (you allowed it)"
    waits = any(wish.way in ("trusted", "inside") for wish in wishes(file.table))
    return _safe(str(file.path)) + (" (waits for `hookscope trust`)" if waits else "")


COMMAND = Command(
    name="config",
    summary="show every setting of a command and where it comes from",
    description=(
        "Shows the effective value of each option of a command, and its source: flag, environment, the project's"
        " hookscope.toml, your config.toml, or the default; and what the project's file wanted and was not given."
    ),
    arguments=(
        Argument(
            name="line",
            help="a command, else listen; with its own options behind --, such as `config -- listen --timeout 5s`",
            count="any",
        ),
    ),
    options=(options.JSON,),
    run=run,
)
