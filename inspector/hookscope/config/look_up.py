"""Looks for the value of an option beyond the command line: in the environment, in the project's file as far as that
may set it, and in the user's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from hookscope.config.option import Option, from_text, from_toml
from hookscope.config.project import NEVER, TRUSTED_TABLES, WAYS, Way, inside, narrower, way_of
from hookscope.config.toml_file import TomlFile
from hookscope.config.trust_record import is_trusted, was_trusted
from hookscope.config.words import TABLE_LISTS, TABLES
from hookscope.model.errors import RefusedForSafety

Source: TypeAlias = Literal["flag", "environment", "project", "user", "default"]

USER_FILE = "config.toml"
# Commands that are about the project's file, and take nothing from it.
OF_THE_FILE = frozenset({"trust", "init"})
# Commands that open the screen, whose keys (and alerts) a project may set once it is trusted.
SCREENS = frozenset({"listen", "demo"})


class Trace(NamedTuple):
    """An option's value and where that was found: `place` names a variable, or a file and its line.

    `refused` says what a project's file wanted and was not given.
    """

    option: Option
    value: Any  # the option's kind decides
    source: Source
    place: str
    refused: str = ""


class LookUp:
    """Looks for the values of options beyond the command line; `notes` is what the user should know of it."""

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
            return from_text(option, text), "environment"
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
                    return from_toml(option, level[key], place), place
        return None, ""


def _are_tables(key: str, value: Any) -> bool:
    """Whether a value is `[[key]]`, which its own room reads."""
    return key in TABLE_LISTS and isinstance(value, list) and all(isinstance(one, dict) for one in value)
