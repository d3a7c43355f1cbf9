"""Settings: where they come from, and the places that hold our files.

A value is looked for in this order: flag, environment (`HOOKSCOPE_<OPTION>`), the project's `hookscope.toml`, the user's `config.toml`,
the default. Options that widen trust are never read from a project's file: a repository must not open its user's machine.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import platformdirs

from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError

Kind: TypeAlias = Literal["flag", "text", "whole", "number", "bytes", "duration"]

PROJECT_FILE = "hookscope.toml"
USER_FILE = "config.toml"

# Tables of a configuration file that are not options of a command.
OTHER_TABLES = frozenset({"providers", "diagnosis", "keys", "redaction"})

UNITS_BYTES = {
    "": 1,
    "b": 1,
    "kb": 1000,
    "kib": 1024,
    "k": 1024,
    "mb": 10**6,
    "mib": 1 << 20,
    "m": 1 << 20,
    "gb": 10**9,
    "gib": 1 << 30,
    "g": 1 << 30,
}
UNITS_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a command. `duration` is in seconds (`3`, `500ms`, `2m`), `bytes` in bytes (`25MiB`).

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
    implied: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that sets this option."""
        return "HOOKSCOPE_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of one command's options and arguments, by name; each accessor raises KeyError for a name the command lacks."""

    values: Mapping[str, Any]
    environ: Mapping[str, str]
    project: Mapping[str, Any]
    user: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:  # Any: the option's kind decides, the typed accessors below narrow
        return self.values[name]

    def text(self, name: str) -> str:
        """The value as text; empty where it was not given."""
        return str(self.values[name] or "")

    def flag(self, name: str) -> bool:
        """Whether a flag is set."""
        return bool(self.values[name])

    def number(self, name: str) -> float:
        """A number, a size in bytes or a duration in seconds."""
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
) -> Settings:
    """The settings of a command from all sources; `given` holds what the command line says, by option name."""
    project = read_project_file(directory or Path.cwd())
    user = read_file(places(environ).config / USER_FILE)
    _check_names(project, options, command, PROJECT_FILE)
    values: dict[str, Any] = dict(given)
    for option in options:
        if option.name not in given:
            values[option.name] = _look_up(option, environ, project, user, command)
    return Settings(values=values, environ=environ, project=project, user=user)


def read_project_file(start: Path) -> Mapping[str, Any]:
    """The nearest `hookscope.toml` from `start` up to the repository's root; empty where there is none."""
    for directory in (start, *start.parents):
        if (directory / PROJECT_FILE).is_file():
            return read_file(directory / PROJECT_FILE)
        if (directory / ".git").exists():
            break
    return {}


def read_file(path: Path) -> Mapping[str, Any]:
    """A configuration file's content; empty where there is no such file, `InputError` where it is broken."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}", "correct the file or move it away") from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", "correct its permissions or move it away"
        ) from None


def parse_value(option: Option, text: str, source: str) -> Any:  # Any: the kind decides
    """The value that `text` stands for; `InputError` names the option and its source where it makes no sense."""
    try:
        value = _PARSERS[option.kind](text)
    except ValueError:
        raise InputError(
            f"{source}: {text!r} is not a {_KIND_NAMES[option.kind]}", f"see --{option.name} in --help"
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


def parse_duration(text: str) -> float:
    """Seconds from `3`, `0.5s`, `500ms`, `2m`, `1h`, `3d`; ValueError for anything else or below zero."""
    return _with_unit(text, UNITS_SECONDS)


def parse_bytes(text: str) -> int:
    """Bytes from `300`, `25MiB`, `1 MB`; ValueError for anything else or below zero."""
    return int(_with_unit(text, {unit: float(size) for unit, size in UNITS_BYTES.items()}))


def _with_unit(text: str, units: Mapping[str, float]) -> float:
    number = text.strip().lower()
    unit = number.lstrip("0123456789._")
    value = float(number.removesuffix(unit)) * units.get(unit.strip(), float("nan"))
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _parse_flag(text: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


_PARSERS: dict[Kind, Callable[[str], Any]] = {
    "flag": _parse_flag,
    "text": str,
    "whole": int,
    "number": float,
    "bytes": parse_bytes,
    "duration": parse_duration,
}
_KIND_NAMES = {
    "flag": "yes or no",
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "bytes": "size such as 300, 64KiB or 25MiB",
    "duration": "duration such as 3, 500ms or 2m",
}


def _look_up(
    option: Option, environ: Mapping[str, str], project: Mapping[str, Any], user: Mapping[str, Any], command: str
) -> Any:
    if (text := environ.get(option.variable)) is not None:
        parts = text.split(os.pathsep if os.pathsep != ":" else ",") if option.repeat else [text]
        values = [parse_value(option, part, option.variable) for part in parts if part or not option.repeat]
        return values if option.repeat else values[0]
    for table, name in ((project, PROJECT_FILE), (user, USER_FILE)):
        value = _in_file(table, option, command)
        if value is None:
            continue
        if option.widens_trust and table is project:
            raise RefusedForSafety(
                f"{PROJECT_FILE} sets {option.name}, which widens trust",
                f"give --{option.name} or put it into your own {USER_FILE}",
            )
        if option.repeat:
            many = value if isinstance(value, list) else [value]
            return [parse_value(option, str(part), f"{name}, {option.name}") for part in many]
        return parse_value(option, str(value), f"{name}, {option.name}")
    return option.default


def _in_file(table: Mapping[str, Any], option: Option, command: str) -> Any:
    own = None if command in OTHER_TABLES else table.get(command)
    for level in (own if isinstance(own, dict) else {}, table):
        for key in (option.name, option.name.replace("-", "_")):
            if key in level and not isinstance(level[key], dict):
                return level[key]
    return None


def _check_names(table: Mapping[str, Any], options: Sequence[Option], command: str, name: str) -> None:
    """Refuse a key of the command's own table that no option has: a misspelt setting must not be silently without effect."""
    own = None if command in OTHER_TABLES else table.get(command)
    known = {option.name for option in options}
    for key in own if isinstance(own, dict) else ():
        if key.replace("_", "-") not in known:
            close = difflib.get_close_matches(key.replace("_", "-"), known, 1)
            raise InputError(
                f"{name}, [{command}]: there is no setting {key!r}",
                f"did you mean {close[0]}?" if close else "take it out",
            )
