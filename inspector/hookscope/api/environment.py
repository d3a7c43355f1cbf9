"""The environment that points a handler's clients at the gateway."""

from __future__ import annotations

from collections.abc import Iterable

from hookscope.api.directory import Api


def variables(apis: Iterable[Api], origin: str) -> dict[str, str]:
    """The variables for the APIs behind a gateway at `origin`: `HOOKSCOPE_API_NAME` for each, and those that its
    clients and many handlers read."""
    found: dict[str, str] = {}
    for api in apis:
        url = f"{origin}/{api.name}"
        found[f"HOOKSCOPE_API_{api.name.upper().replace('-', '_')}"] = url
        found |= dict.fromkeys(api.variables, url)
    return found
