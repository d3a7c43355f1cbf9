"""Makes the contest's package importable, without the other scripts beside it, whose names are those of packages."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "bench/contest"

if "contest" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "contest", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["contest"] = module
    spec.loader.exec_module(module)
