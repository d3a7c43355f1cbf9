"""All known providers: ours, those of installed packages, and the user's own.

The TOML files beside this module are the source (`bundle`). A provider becomes a value when somebody asks for it.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from hookscope.model.errors import RefusedForSafety
from hookscope.providers.bundle import load_tables
from hookscope.providers.parse import parse_provider
from hookscope.providers.provider import Provider
from hookscope_relay.errors import InputError

ENTRY_POINTS = "hookscope.providers"

Table: TypeAlias = Mapping[str, Any]


class Providers:
    """Providers by name, in alphabetical order. A provider's table is checked when the provider is first asked for."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = dict(sorted(tables.items()))
        self._values: dict[str, Provider] = {}
        # Owned by recognition: what it makes of these providers, once.
        self.recognition_index: Any = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every provider's name."""
        return tuple(self._tables)

    @property
    def tables(self) -> Mapping[str, Table]:
        """Every provider's table as written."""
        return self._tables

    def get(self, name: str) -> Provider | None:
        """The provider of that name; `InputError` where its table is wrong."""
        if name not in self._values:
            table = self._tables.get(name)
            if table is None:
                return None
            self._values[name] = parse_provider(
                {key: value for key, value in table.items() if key != "origin"}, str(table.get("origin", name))
            )
        return self._values[name]

    def resolve(self, name: str) -> Provider | None:
        """The provider of that name; or, for the name of a scheme, the first provider that has it,
        with that scheme alone."""
        if (provider := self.get(name)) is not None:
            return provider
        for table_name, table in self._tables.items():
            if any(item.get("name") == name for item in table.get("scheme", ())):
                provider = self.get(table_name)
                scheme = provider.scheme(name) if provider else None
                if provider is not None and scheme is not None:
                    alone = dataclasses.replace(scheme, explicit=False, legacy=False)
                    return dataclasses.replace(provider, schemes=(alone,))
        return None

    def demand(self, name: str) -> Provider:
        """As `resolve`; raises `InputError` where there is none of that name."""
        found = self.resolve(name)
        if found is None:
            close = difflib.get_close_matches(name, self.names, 1)
            hint = f"did you mean {close[0]}?" if close else "see `hookscope providers`"
            raise InputError(f"there is no provider or scheme {name!r}", hint)
        return found

    def with_extra(self, extra: Sequence[Table]) -> Providers:
        """These providers and more; a table of a known name takes its place.

        The key `origin` of a table names its file.
        """
        added = {}
        for table in extra:
            name = table.get("name")
            if not isinstance(name, str) or not name:
                raise InputError(f"{table.get('origin', 'a provider')}: name is missing", "give the provider a name")
            added[name] = table
            parse_provider({key: value for key, value in table.items() if key != "origin"}, _origin(table))
        return Providers({**self._tables, **added})

    def __iter__(self) -> Iterator[Provider]:
        for name in self._tables:
            provider = self.get(name)
            if provider is not None:
                yield provider

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables


def load_providers(extra: Sequence[Table] = ()) -> Providers:
    """Our providers, and those of `extra` (tables as in a provider's TOML file)."""
    ours = _ours()
    return ours.with_extra(extra) if extra else ours


@lru_cache(maxsize=1)
def _ours() -> Providers:
    return Providers(load_tables())


def configured(*files: tuple[str, Mapping[str, Any]]) -> list[Table]:
    """The provider tables `[providers.NAME]` of configuration files, each given as its name and content;
    later files win."""
    found: dict[str, Table] = {}
    for file, content in files:
        tables = content.get("providers", {})
        if isinstance(tables, list):
            tables = {str(table.get("name", number)): table for number, table in enumerate(tables)}
        if not isinstance(tables, Mapping):
            raise InputError(f"{file}: providers must be tables [providers.NAME]", "correct the file")
        for name, table in tables.items():
            if not isinstance(table, Mapping):
                raise InputError(f"{file}: providers.{name} must be a table", "correct the file")
            found[name] = {"name": name, **table, "origin": f"{file}, providers.{name}"}
    return list(found.values())


def installed() -> list[Table]:
    """The provider tables of installed packages: entry points of the group `hookscope.providers`,
    each a table or a list of tables."""
    from importlib.metadata import entry_points  # costs several ms, and few need it

    found: list[Table] = []
    for point in entry_points(group=ENTRY_POINTS):
        value = point.load()
        for table in [value] if isinstance(value, Mapping) else value:
            found.append({**table, "origin": f"entry point {point.name} of {point.dist.name if point.dist else '?'}"})
    return found


def all_providers(user: Mapping[str, Any], project: Mapping[str, Any]) -> Providers:
    """Our providers, those of installed packages, and those of the user's and the project's configuration files.

    A project's file only adds: `RefusedForSafety` for a name that is known, since what the user keeps a secret for is
    the user's.
    """
    known = load_providers([*installed(), *configured(("config.toml", user))])
    added = configured(("hookscope.toml", project))
    for table in added:
        if str(table["name"]) in known:
            raise RefusedForSafety(
                f"{table['origin']}: that provider is known already, and a project may not say it is another",
                "give it a name of its own, or put it into your own config.toml",
            )
    return known.with_extra(added) if added else known


def _origin(table: Table) -> str:
    return str(table.get("origin", table.get("name", "a provider")))
