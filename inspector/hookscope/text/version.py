"""The version of this program."""

from __future__ import annotations


def version() -> str:
    """As the installed distribution has it."""
    from importlib import metadata  # costs 20 ms, and few ask

    return metadata.version("hookscope")
