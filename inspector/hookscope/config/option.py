"""An option of a command, and what a text or a file's value stands for there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hookscope.config.values import KINDS, Kind
from hookscope_relay.errors import InputError


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


def from_text(option: Option, text: str) -> Any:  # Any: the kind decides
    """The value that an environment variable gives an option; `InputError` where it makes no sense."""
    parts = text.split(os.pathsep if os.pathsep != ":" else ",") if option.repeat else [text]
    values = [parse_value(option, part, option.variable) for part in parts if part or not option.repeat]
    return values if option.repeat else values[0]


def from_toml(option: Option, value: Any, place: str) -> Any:
    """The value that a configuration file gives an option at a place of it; `InputError` where it makes no sense."""
    source = f"{place}, {option.name}"
    many = value if isinstance(value, list) else [value]
    if (isinstance(value, list) and not option.repeat) or not all(isinstance(one, (str, int, float)) for one in many):
        raise InputError(f"{source}: {str(value)[:60]!r} is not one value", f"see --{option.name} in --help")
    parsed = [parse_value(option, str(one), source) for one in many]
    return parsed if option.repeat else parsed[0]
