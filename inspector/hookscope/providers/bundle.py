"""All providers' TOML files in one, `compiled.json`, so that start-up reads one file.

It is made as a wheel is built and as an editable install is made, and by `python -m hookscope.providers.bundle` after a
TOML file was changed; a tree without it reads the TOML files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from hookscope.providers.parse import parse_provider
from hookscope_relay.errors import InputError

COMPILED = Path(__file__).with_name("compiled.json")


def load_tables() -> dict[str, dict[str, Any]]:
    """Every provider table of ours by name."""
    try:
        tables: dict[str, dict[str, Any]] = msgspec.json.decode(COMPILED.read_bytes())
    except FileNotFoundError:
        return read_tables(COMPILED.parent)
    return tables


def read_tables(directory: Path) -> dict[str, dict[str, Any]]:
    """Every provider table of a directory by name, checked;
    `InputError` names the file and the key of the first wrong one."""
    import tomllib  # not at start-up

    tables = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is not valid TOML: {error}", "correct the file") from None
        provider = parse_provider(table, path.name)
        if provider.name != path.stem:
            raise InputError(f"{path.name}: name must be {path.stem!r}, as the file is called", "rename one of them")
        tables[provider.name] = {**table, "read_on": provider.read_on, "origin": path.name}
    return tables


def compile_tables(directory: Path) -> bytes:
    """The content of `compiled.json` for a directory of TOML files."""
    return msgspec.json.encode(read_tables(directory), order="sorted") + b"\n"


if __name__ == "__main__":
    COMPILED.write_bytes(compile_tables(COMPILED.parent))
