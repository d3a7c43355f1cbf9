"""A configuration file as it was read: its table, where each key stands, and what is no key of ours.

A misspelt key must not be silently without effect: `[redaction]` spelt otherwise would leave everything in the clear.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hookscope.config.regular_file import read_regular
from hookscope.config.words import COMMANDS, SETTINGS, TABLE_LISTS, TABLES
from hookscope_relay.errors import InputError

MAX_BYTES = 1 << 20
_HEADER = re.compile(r"\s*\[\[?\s*([^\]]*?)\s*\]")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*[=.]""")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A configuration file; without a path there is none, and its table is empty."""

    path: Path | None = None
    text: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the file's text, in hex."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def place(self, section: str, key: str = "") -> str:
        """Where a key of a section stands, or the section itself: `FILE:LINE`."""
        line = _line_of(self.text, section, key)
        return f"{self.path}:{line}" if line else str(self.path)

    def place_in(self, name: str, index: int, key: str = "") -> str:
        """Where a key of one of the tables `[[name]]` stands, or without a key that table itself: `FILE:LINE`."""
        line = _line_in(self.text, name, index, key)
        return f"{self.path}:{line}" if line else str(self.path)


def read_toml(path: Path) -> TomlFile:
    """A configuration file; an empty one where there is none, `InputError` where it is broken."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return TomlFile()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "correct the permissions of its folders") from None
    try:
        text = read_regular(path, MAX_BYTES, "correct its permissions or move it away").decode("utf-8")
        return TomlFile(path, text, tomllib.loads(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not valid TOML: {error}", "correct the file or move it away") from None


def check_names(file: TomlFile, options: Mapping[str, Collection[str]] | None) -> None:
    """Refuse the first section or key that nobody reads, with its line and the nearest name that there is.

    `options` are the options of each command, by its name; without them only sections are checked.
    """
    for name, value in file.table.items():
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            _check_list(file, name, value)
    for section, key, known in _unknown(file.table, options):
        place = file.place(section, key)
        what = f"there is no setting {key!r}" if key else f"there is no section [{section}]"
        where = f" in [{section}]" if key and section else ""
        if section in TABLE_LISTS and not key:
            raise InputError(f"{place}: {what}", f"write [[{section}]], once for each")
        near = difflib.get_close_matches((key or section).replace("_", "-"), known, 1)
        raise InputError(f"{place}: {what}{where}", f"did you mean {near[0]}?" if near else "take it out")


def _check_list(file: TomlFile, name: str, tables: Sequence[object]) -> None:
    known = TABLE_LISTS.get(name)
    if known is None:
        near = difflib.get_close_matches(name, TABLE_LISTS, 1)
        remedy = f"did you mean [[{near[0]}]]?" if near else "take it out"
        raise InputError(f"{file.place_in(name, 0)}: there is no [[{name}]]", remedy)
    for index, table in enumerate(tables):
        for key in table if isinstance(table, dict) else ():
            if key.replace("_", "-") not in known:
                near = difflib.get_close_matches(key.replace("_", "-"), known, 1)
                remedy = f"did you mean {near[0]}?" if near else "take it out"
                raise InputError(f"{file.place_in(name, index, key)}: there is no {key!r} in [[{name}]]", remedy)


def _unknown(
    table: Mapping[str, Any], options: Mapping[str, Collection[str]] | None
) -> Iterator[tuple[str, str, Collection[str]]]:
    """Each unknown section or key as (section, key, names that there are); the key is empty for a section."""
    sections = {*COMMANDS, *TABLES}
    everywhere = {*SETTINGS, *TABLE_LISTS, *(name for names in (options or {}).values() for name in names)}
    for name, value in table.items():
        if name in TABLE_LISTS and isinstance(value, dict):
            yield name, "", sections
        elif name == "providers" or (name in sections and isinstance(value, dict)):
            known = TABLES.get(name, (options or {}).get(name))
            for key in value:
                if known is not None and key.replace("_", "-") not in known:
                    yield name, key, known
        elif isinstance(value, dict):
            yield name, "", sections | everywhere
        elif options is not None and name.replace("_", "-") not in everywhere:
            yield "", name, everywhere | sections


def _line_of(text: str, section: str, key: str) -> int:
    """The line of a key in a section (empty: the top level), or of a section's header;
    0 where it is written in another way."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            current = header[1].replace('"', "").replace("'", "")
            if not key and (current == section or current.startswith(section + ".")):
                return number
        elif key and current == section and (found := _KEY.match(line)) and found[1] == key:
            return number
    return 0


def _line_in(text: str, name: str, index: int, key: str) -> int:
    """The line of a key of the table `[[name]]` of that index, or of its header; 0 where it is written otherwise."""
    seen, header = -1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if found := _HEADER.match(line):
            if seen == index:
                break
            seen += found[1].strip("\"'") == name
            header = number if seen == index else 0
        elif key and seen == index and (found := _KEY.match(line)) and found[1] == key:
            return number
    return header
