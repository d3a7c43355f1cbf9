"""Settings: where they come from, and the places that hold our files.

A value is looked for in this order: flag, environment (`HOOKSCOPE_<OPTION>`), the project's `hookscope.toml`, the
user's `config.toml`, the default. What a project's file may set is a list, and there it may only narrow what the user
set (`hookscope.config.project`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import platformdirs

from hookscope.config.project import (
    NEVER,
    TRUSTED_TABLES,
    WAYS,
    Way,
    find_project,
    inside,
    narrower,
    way_of,
)
from hookscope.config.toml_file import TomlFile, check_names, read_toml
from hookscope.config.trust_record import is_trusted, was_trusted
from hookscope.config.values import KINDS, Kind
from hookscope.config.words import TABLE_LISTS, TABLES
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

Source: TypeAlias = Literal["flag", "environment", "project", "user", "default"]

USER_FILE = "config.toml"
# Commands that are about the project's file, and take nothing from it.
OF_THE_FILE = frozenset({"trust", "init"})
# Commands that open the screen, whose keys (and alerts) a project may set once it is trusted.
SCREENS = frozenset({"listen", "demo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command.

    A `duration` is in seconds (`3`, `500ms`, `2m`), `bytes` in bytes (`25MiB`), a `rate` is a second's.

    `implied` is the value of an option that is named without one; empty where it needs one.
    """

    name: str
    help: str
    kind: Kind = "text"
    default: Any = None
    metavar: str = ""
    choices: tuple[str, ...] = ()
    repeat: bool = False
    short: str = ""
    widens_trust: bool = False
    """Says to a reader that no project's file may set it, trusted or not; what one may set is listed in `WAYS`."""
    implied: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that sets this option."""
        return "HOOKSCOPE_" + self.name.upper().replace("-", "_")


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


class Trace(NamedTuple):
    """An option's value and where that was found: `place` names a variable, or a file and its line.

    `refused` says what a project's file wanted and was not given.
    """

    option: Option
    value: Any  # the option's kind decides
    source: Source
    place: str
    refused: str = ""


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
) -> _LookUp:
    where = places(environ).config
    project = find_project(directory or Path.cwd())
    user = read_toml(where / USER_FILE)
    for file in (project, user):
        if file.table:
            names = known() if known else None
            check_names(file, names)
    return _LookUp(environ, project, user, command, where)


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


def parse_value(option: Option, text: str, source: str) -> Any:  # Any: the kind decides
    """The value that `text` stands for; `InputError` names the option and its source where it makes no sense."""
    try:
        value = KINDS[option.kind].parse(text)
    except ValueError:
        raise InputError(
            f"{source}: {text!r} is not a {KINDS[option.kind].words}", f"see --{option.name} in --help"
        ) from None
    if option.choices and value not in option.choices:
        raise InputError(f"{source}: {text!r} is none of {', '.join(option.choices)}", f"see --{option.name} in --help")
    return value


def parse_parameters(texts: Sequence[str]) -> dict[str, str]:
    """The values of --param by name; a hyphen in a name is as good as an underscore."""
    values = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name:
            raise InputError(f"--param: {text[:60]!r} is not NAME=VALUE", "write it as webhook_id=1AB23456")
        values[name.replace("-", "_")] = value
    return values


class _LookUp:
    """Looks for the values of options beyond the command line."""

    def __init__(
        self, environ: Mapping[str, str], project: TomlFile, user: TomlFile, command: str, directory: Path
    ) -> None:
        self.notes: list[str] = []
        self._environ = environ
        self._project = project
        self.user = user
        self._command = command
        self._directory = directory

    def find(self, option: Option) -> tuple[Any, Source]:
        """An option's value and where it comes from; `RefusedForSafety` where the project's file may not set it."""
        if (text := self._environ.get(option.variable)) is not None:
            return _from_text(option, text), "environment"
        users, _ = self._read(self.user, option)
        wanted, place = self._read(self._project, option)
        held: tuple[Any, Source] = (option.default, "default") if users is None else (users, "user")
        if wanted is None or self._command in OF_THE_FILE or self._is_for_others(option, place):
            return held
        way = None if option.widens_trust else way_of(self._command, option.name)
        self._check_trust(way, option.name, place)
        if way == "inside":
            return inside(self._project, str(wanted), place), "project"
        kept = narrower(way or "choose", wanted, users, option.default)
        if kept != wanted:
            yours = f"your own {held[0]!r}" if users is not None else f"the default {held[0]!r}"
            self.notes.append(f"{place} sets {option.name} to {wanted!r}, which is wider than {yours}: that holds")
            return held
        return wanted, "project"

    def trace(self, option: Option) -> Trace:
        """As `find`, and where it was; a refusal is no error."""
        before = len(self.notes)
        try:
            value, source = self.find(option)
            refused = " ".join(self.notes[before:])
        except RefusedForSafety as error:
            users, _ = self._read(self.user, option)
            value, source = (option.default, "default") if users is None else (users, "user")
            refused = str(error)
        files = {"project": self._project, "user": self.user}
        place = option.variable if source == "environment" else ""
        if source in files:
            _, place = self._read(files[source], option)
        return Trace(option, value, source, place, refused)

    def tables(self) -> Mapping[str, Any]:
        """The project's table; `RefusedForSafety` where it sets keys of the screen that is about to open,
        and is not trusted."""
        for name in TRUSTED_TABLES & set(self._project.table):
            if self._command in SCREENS or (self._command, name) == ("alert", "alert"):
                self._check_trust("trusted", f"[{name}]", self._project.place(name))
        return self._project.table

    def _is_for_others(self, option: Option, place: str) -> bool:
        """Whether a setting at the top level means other commands than this one, that takes none from a project."""
        own = self._project.table.get(self._command)
        mine = isinstance(own, dict) and option.name in {key.replace("_", "-") for key in own}
        return self._command in NEVER and not mine and option.name in WAYS

    def _check_trust(self, way: Way | None, name: str, place: str) -> None:
        if way in ("trusted", "inside") and is_trusted(self._directory, self._project):
            return
        if way is None:
            raise RefusedForSafety(
                f"{place} sets {name}, which widens trust: that is yours alone",
                f"give --{name} or put it into your own {USER_FILE}",
            )
        if way in ("trusted", "inside"):
            changed = " and has changed since you allowed it" if was_trusted(self._directory, self._project) else ""
            raise RefusedForSafety(
                f"{place} sets {name}{changed}, which is for you to allow",
                "see what it wants with `hookscope trust`, or give the setting yourself",
            )

    def _read(self, file: TomlFile, option: Option) -> tuple[Any, str]:
        """The value that a file gives an option, None where it gives none; and where it stands."""
        own = None if self._command in TABLES else file.table.get(self._command)
        levels: tuple[tuple[str, Any], ...] = ((self._command, own), ("", file.table))
        for section, level in levels:
            for key in (option.name, option.name.replace("-", "_")) if isinstance(level, dict) else ():
                if key in level and not isinstance(level[key], dict) and not _are_tables(key, level[key]):
                    place = file.place(section, key)
                    return _from_toml(option, level[key], place), place
        return None, ""


def _are_tables(key: str, value: Any) -> bool:
    """Whether a value is `[[key]]`, which its own room reads."""
    return key in TABLE_LISTS and isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _from_text(option: Option, text: str) -> Any:
    parts = text.split(os.pathsep if os.pathsep != ":" else ",") if option.repeat else [text]
    values = [parse_value(option, part, option.variable) for part in parts if part or not option.repeat]
    return values if option.repeat else values[0]


def _from_toml(option: Option, value: Any, place: str) -> Any:
    source = f"{place}, {option.name}"
    many = value if isinstance(value, list) else [value]
    if (isinstance(value, list) and not option.repeat) or not all(isinstance(one, (str, int, float)) for one in many):
        raise InputError(f"{source}: {str(value)[:60]!r} is not one value", f"see --{option.name} in --help")
    parsed = [parse_value(option, str(one), source) for one in many]
    return parsed if option.repeat else parsed[0]
