"""The keys of the actions: the table's, or what `[keys]` of a configuration file says instead."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeAlias

from hookscope.tui.actions.table import ACTIONS, BY_NAME, Action
from hookscope_relay.errors import InputError

Keymap: TypeAlias = Mapping[str, tuple[str, ...]]


def read_keymap(table: Mapping[str, Any], source: str = "hookscope.toml") -> Keymap:
    """The keys that `[keys]` gives to actions: `replay = "R"` or `replay = ["R", "f5"]`.

    InputError for an action that there is not, a key that is no text, and a key given twice.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        if name not in BY_NAME:
            close = difflib.get_close_matches(name, BY_NAME, 1)
            remedy = f"did you mean {close[0]}?" if close else "see the help screen"
            raise InputError(f"{source}, [keys]: there is no action {name!r}", remedy)
        keys = value if isinstance(value, list) else [value]
        if not keys or not all(isinstance(key, str) and key.strip() for key in keys):
            raise InputError(f"{source}, [keys]: {name} must be a key or a list of keys", 'write it as in replay = "R"')
        chosen[name] = tuple(key.strip() for key in keys)
    _check_twice(chosen, source)
    return chosen


def keys_of(action: Action, keymap: Keymap) -> tuple[str, ...]:
    """The keys that an action has, a keymap considered."""
    return keymap.get(action.name, action.keys)


def key_table(keymap: Keymap) -> dict[str, str]:
    """The action's name for each key."""
    return {key: action.name for action in ACTIONS for key in keys_of(action, keymap)}


def _check_twice(chosen: Keymap, source: str) -> None:
    owners: dict[str, str] = {}
    for action in ACTIONS:
        for key in keys_of(action, chosen):
            other = owners.setdefault(key, action.name)
            if other != action.name:
                raise InputError(
                    f"{source}, [keys]: {key!r} is given to {other} and to {action.name}", "choose another key"
                )
