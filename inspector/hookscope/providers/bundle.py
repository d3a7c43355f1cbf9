"""Makes `compiled.json` from the TOML files: run `python -m hookscope.providers.bundle` after changing one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from hookscope.providers.parse import parse_provider
from hookscope.providers.registry import COMPILED
from hookscope_relay.errors import InputError


def read_tables(directory: Path) -> dict[str, dict[str, Any]]:
    """Every provider table of a directory by name, checked;
    `InputError` names the file and the key of the first wrong one."""
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
    return msgspec.json.format(msgspec.json.encode(read_tables(directory), order="sorted"), indent=1) + b"\n"


if __name__ == "__main__":
    COMPILED.write_bytes(compile_tables(COMPILED.parent))
