"""Paths as two servers may take them for one."""

from __future__ import annotations


def other_slash(target: str) -> str:
    """The path with a slash at its end, or without the one it has; a query stays behind it, and `/` stays as it is."""
    path, mark, query = target.partition("?")
    path = path.rstrip("/") or "/" if path.endswith("/") else path + "/"
    return path + mark + query
