"""The keys of the actions: their own, or what `[keys]` of a configuration file says instead."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from hookscope.tui.keys.action import Action
from hookscope_relay.errors import InputError

Keymap: TypeAlias = Mapping[str, tuple[str, ...]]

SIGNS = {
    "space": "Space",
    "tab": "Tab",
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


@dataclass(frozen=True)
class Keyboard:
    """Every action with the keys that it has; `keymap` names those that the user chose."""

    actions: Sequence[Action[Any]]  # Any: the screen, which stands above
    keymap: Keymap = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Action[Any]]:
        """The actions by their names."""
        return {action.name: action for action in self.actions}

    @cached_property
    def by_key(self) -> Mapping[str, Action[Any]]:
        """The action for each key."""
        return {key: action for action in self.actions for key in self.keys_of(action)}

    def keys_of(self, action: Action[Any]) -> tuple[str, ...]:
        """The keys that an action has."""
        return self.keymap.get(action.name, action.keys)

    def signs_of(self, action: Action[Any]) -> list[str]:
        """The same, as they are written for a reader."""
        return [key_sign(key) for key in self.keys_of(action)]


def read_keyboard(
    actions: Sequence[Action[Any]],
    table: Mapping[str, Any],
    source: str = "hookscope.toml",
) -> Keyboard:
    """The actions with the keys that `[keys]` gives to them: `replay = "R"` or `replay = ["R", "f5"]`.

    InputError for an action that there is not, a key that is no text, and a key given twice.
    """
    names = [action.name for action in actions]
    chosen: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            remedy = f"did you mean {close[0]}?" if close else "see the help screen"
            raise InputError(f"{source}, [keys]: there is no action {name!r}", remedy)
        keys = value if isinstance(value, list) else [value]
        if not keys or not all(isinstance(key, str) and key.strip() for key in keys):
            raise InputError(f"{source}, [keys]: {name} must be a key or a list of keys", 'write it as in replay = "R"')
        chosen[name] = tuple(key.strip() for key in keys)
    keyboard = Keyboard(actions, chosen)
    _check_twice(keyboard, source)
    return keyboard


def key_sign(key: str) -> str:
    """How a key is written for a reader: `^p` for `ctrl+p`, `↓` for `down`."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return SIGNS.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)


def _check_twice(keyboard: Keyboard, source: str) -> None:
    owners: dict[str, str] = {}
    for action in keyboard.actions:
        for key in keyboard.keys_of(action):
            other = owners.setdefault(key, action.name)
            if other != action.name:
                told = f"{source}, [keys]: {key!r} is given to {other} and to {action.name}"
                raise InputError(told, "choose another key")
