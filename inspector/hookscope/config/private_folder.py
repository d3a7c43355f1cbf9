"""Our own folders belong to their user alone: what others may write there could be their doing."""

from __future__ import annotations

from pathlib import Path

from hookscope.config.project import trouble
from hookscope.model.errors import RefusedForSafety


def make_private(directory: Path) -> None:
    """A directory for its owner only, and so its parent where it is new;
    `RefusedForSafety` for one that others may write."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)
    check_private(directory)


def check_private(directory: Path) -> None:
    """Refuse a directory that another user owns or may write; one that is not there is nobody's."""
    if directory.exists() and (said := trouble(directory)):
        remedy = "set HOOKSCOPE_HOME to a folder of yours" if "belongs" in said else f"run: chmod 700 {directory}"
        raise RefusedForSafety(f"{directory} holds captures or keys and {said}", remedy)
