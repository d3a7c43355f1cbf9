"""Makes `compiled.json` of the providers (`hookscope.providers.bundle`) as a wheel or an editable install is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILED = "inspector/hookscope/providers/compiled.json"


class CompileProviders(BuildHookInterface[Any]):
    """Writes the file into the tree, where version control passes it over, and into what is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        sys.path[:0] = [str(root / "relay"), str(root / "inspector")]
        from hookscope.providers.bundle import compile_tables  # noqa: PLC0415 - found only now

        (root / COMPILED).write_bytes(compile_tables((root / COMPILED).parent))
        build_data["artifacts"].append(COMPILED)
