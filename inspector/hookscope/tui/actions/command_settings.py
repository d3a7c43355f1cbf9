"""The session's settings, as a command takes them that the screen carries out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hookscope.config.settings import Settings


class CommandValues(dict[str, Any]):  # Any: an option's kind decides
    """A command's values; an option that the session lacks counts as not given."""

    def __missing__(self, name: str) -> None:
        return None


def command_settings(settings: Settings, **given: Any) -> Settings:  # Any: as above
    """The session's settings with what the command is given besides; names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in given.items()}
    return replace(settings, values=CommandValues({**settings.values, **named}))
