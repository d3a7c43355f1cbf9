"""The recordings of real servers, for tests: each capture with the truth about it, by name."""

from __future__ import annotations

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

from hookscope.model import capture_file
from hookscope.model.capture import Capture

FILES = (
    "recordings.json.xz",
    "recordings_unseen.json.xz",
    "recordings_first_sight.json.xz",
    "recordings_third_sight.json.xz",
)


@cache
def recordings() -> dict[str, tuple[Capture, dict[str, Any]]]:  # Any: the JSON values of the truth
    """Every recording of every file."""
    found: dict[str, tuple[Capture, dict[str, Any]]] = {}
    for path in (Path(__file__).with_name(name) for name in FILES):
        items = json.loads(lzma.decompress(path.read_bytes())) if path.exists() else {}
        for name, item in items.items():
            found[name] = capture_file.from_mapping(item["capture"], name), item["truth"]
    return found
