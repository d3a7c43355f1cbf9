"""Settings: where they come from, and the places that hold our files.

A value is looked for in this order: flag, environment (`HOOKSCOPE_<OPTION>`), the project's `hookscope.toml`, the
user's `config.toml`, the default. What a project's file may set is a list, and there it may only narrow what the user
set (`hookscope.config.project`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from hookscope.config.look_up import USER_FILE, LookUp, Source, Trace
from hookscope.config.option import Option
from hookscope.config.project import TRUSTED_TABLES, find_project
from hookscope.config.toml_file import check_names, read_toml
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one command's options and arguments, by name;
    each accessor raises KeyError for a name the command lacks.

    `sources` says where each option's value comes from; `notes` is what the user should know of what a project's file
    wanted.
    """

    values: Mapping[str, Any]
    environ: Mapping[str, str]
    project: Mapping[str, Any]
    user: Mapping[str, Any]
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:  # Any: the option's kind decides, the typed accessors below narrow
        return self.values[name]

    def text(self, name: str) -> str:
        """The value as text; empty where it was not given."""
        return str(self.values[name] or "")

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return bool(self.values[name])

    def number(self, name: str) -> float:
        """A number, a size in bytes, a duration in seconds, or a rate."""
        return float(self.values[name])

    def whole(self, name: str) -> int:
        """A whole number or a size in bytes."""
        return int(self.values[name])

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of an option or argument that may be repeated, in order."""
        value = self.values[name]
        return tuple(value) if value else ()

    def given(self, name: str) -> bool:
        """Whether there is a value at all, a default included."""
        return self.values.get(name) is not None

    @property
    def places(self) -> Places:
        """Where our files are."""
        return places(self.environ)


@dataclass(frozen=True, slots=True)
class Places:
    """The user's directories for our files; none need exist yet."""

    config: Path
    data: Path
    state: Path

    @property
    def endpoints(self) -> Path:
        """The directory of endpoint keys."""
        return self.data / "endpoints"

    @property
    def captures(self) -> Path:
        """The capture database."""
        return self.state / "captures.db"


def places(environ: Mapping[str, str]) -> Places:
    """The platform's user directories, or all under `HOOKSCOPE_HOME` where that is set."""
    if home := environ.get("HOOKSCOPE_HOME"):
        root = Path(home).expanduser().absolute()
        return Places(config=root, data=root, state=root)
    dirs = platformdirs.PlatformDirs("hookscope", appauthor=False)
    return Places(config=dirs.user_config_path, data=dirs.user_data_path, state=dirs.user_state_path)


def resolve(
    options: Sequence[Option],
    given: Mapping[str, Any],
    environ: Mapping[str, str],
    command: str = "",
    directory: Path | None = None,
    known: Callable[[], Mapping[str, Collection[str]]] | None = None,
) -> Settings:
    """The settings of a command from all sources; `given` holds what the command line says, by option name.

    `known` gives the options of every command, for the names in configuration files; it is asked only where there is a
    file.
    """
    look_up = _look_up(environ, command, directory, known)
    values: dict[str, Any] = dict(given)
    sources: dict[str, Source] = dict.fromkeys(given, "flag")
    for option in options:
        if option.name not in given:
            values[option.name], sources[option.name] = look_up.find(option)
    table = look_up.tables()
    return Settings(values, environ, table, look_up.user.table, sources, tuple(look_up.notes))


def trace(
    options: Sequence[Option],
    given: Mapping[str, Any],
    environ: Mapping[str, str],
    command: str,
    directory: Path | None = None,
    known: Callable[[], Mapping[str, Collection[str]]] | None = None,
) -> list[Trace]:
    """Where `resolve` finds each option's value; what it would refuse is told beside what holds without it."""
    look_up = _look_up(environ, command, directory, known)
    return [
        Trace(option, given[option.name], "flag", f"--{option.name}") if option.name in given else look_up.trace(option)
        for option in options
    ]


def _look_up(
    environ: Mapping[str, str],
    command: str,
    directory: Path | None,
    known: Callable[[], Mapping[str, Collection[str]]] | None,
) -> LookUp:
    where = places(environ).config
    project = find_project(directory or Path.cwd())
    user = read_toml(where / USER_FILE)
    for file in (project, user):
        if file.table:
            names = known() if known else None
            check_names(file, names)
    return LookUp(environ, project, user, command, where)


def read_project_file(start: Path) -> Mapping[str, Any]:
    """The table of the project's file as `find_project` finds it, its sections checked;
    keys of the screen are left out."""
    file = find_project(start)
    check_names(file, None)
    return {name: value for name, value in file.table.items() if name not in TRUSTED_TABLES}


def read_file(path: Path) -> Mapping[str, Any]:
    """A configuration file's content, its sections checked; empty where there is no such file,
    `InputError` where it is broken."""
    file = read_toml(path)
    check_names(file, None)
    return file.table


def parse_parameters(texts: Sequence[str]) -> dict[str, str]:
    """The values of --param by name; a hyphen in a name is as good as an underscore."""
    values = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise InputError(f"--param: {text[:60]!r} is not NAME=VALUE", "write it as webhook_id=1AB23456")
        values[name.replace("-", "_")] = value
    return values
