"""Whether this process is in a container."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hookscope.model.containers import MARKER_FILES, tells_of_container

GROUPS = "/proc/1/cgroup"


@cache
def is_container(markers: Sequence[str] = MARKER_FILES, groups: str = GROUPS) -> bool:
    """Whether this process is in a container, as far as files tell."""
    if any(Path(marker).exists() for marker in markers):
        return True
    with contextlib.suppress(OSError):
        return tells_of_container(Path(groups).read_text(errors="replace"))
    return False
