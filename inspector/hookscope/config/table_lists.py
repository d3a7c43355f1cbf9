"""Tables that a configuration file has once for each of their kind, such as `[[route]]`: the project's where the user
allowed it, else the user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from hookscope.config.look_up import USER_FILE
from hookscope.config.project import find_project
from hookscope.config.settings import Places
from hookscope.config.toml_file import TomlFile, read_toml
from hookscope.config.trust_record import is_trusted, was_trusted
from hookscope.model.errors import RefusedForSafety
from hookscope_relay.errors import InputError


@dataclass(frozen=True, slots=True)
class TableList:
    """The tables of one file, in order; `place` says where a key of one stands, or without a key the table itself, and
    `of_project` whose file it is."""

    tables: Sequence[Mapping[str, Any]]
    place: Callable[[int, str], str]
    of_project: bool = False


def read_tables(name: str, places: Places, directory: Path | None = None) -> TableList:
    """The tables `[[name]]` that hold now; `RefusedForSafety` for those of a project that the user has not allowed."""
    project = find_project(directory or Path.cwd())
    if name in project.table:
        found = _of(project, name)
        if found.tables and not is_trusted(places.config, project):
            changed = " and has changed since you allowed it" if was_trusted(places.config, project) else ""
            raise RefusedForSafety(
                f"{found.place(0, '')} sets [[{name}]]{changed}, which is for you to allow",
                "see what it wants with `hookscope trust`",
            )
        if found.tables:
            return replace(found, of_project=True)
    return _of(read_toml(places.config / USER_FILE), name)


def _of(file: TomlFile, name: str) -> TableList:
    """A file's tables; none where it writes a list of texts there, which is the option's value."""
    value = file.table.get(name, [])
    tables = value if isinstance(value, list) else [value]
    if not any(isinstance(table, dict) for table in tables):
        tables = []
    for table in tables:
        if not isinstance(table, dict):
            raise InputError(f"{file.place('', name)}: {name} mixes texts and tables", f"write each as [[{name}]]")
    return TableList(tables, partial(file.place_in, name))
