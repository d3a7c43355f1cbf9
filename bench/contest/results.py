"""The figures as a file: every sample as it was measured, not only the medians."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contest.options import Options
from contest.rounds import Outcome


def write(path: Path, options: Options, outcomes: Mapping[str, Outcome]) -> None:
    """Writes the run as JSON, in the place of what stood there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(options, outcomes), indent=1, default=str) + "\n")


def document(options: Options, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {
        "format": "hookscope-contest/1",
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"system": platform.platform(), "processors": os.cpu_count(), "python": platform.python_version()},
        "options": asdict(options),
        "contenders": {name: asdict(outcome) for name, outcome in outcomes.items()},
    }
