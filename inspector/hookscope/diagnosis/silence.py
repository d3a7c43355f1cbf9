"""Rules that a user does not want to hear: read from configuration, and checked."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from hookscope.api.rule import FAMILY
from hookscope.diagnosis.registry import CALL_RULES, RULES
from hookscope_relay.errors import InputError


def silenced(*tables: Mapping[str, Any]) -> frozenset[str]:
    """The rule codes and families that `[diagnosis] silence` of configuration files names."""
    codes: set[str] = set()
    for table in tables:
        section = table.get("diagnosis", {})
        named = section.get("silence", []) if isinstance(section, Mapping) else None
        if not isinstance(named, list) or not all(isinstance(code, str) for code in named):
            raise InputError("[diagnosis] silence must be a list of rule codes", 'write silence = ["payload.sparse"]')
        codes.update(named)
    return frozenset(codes)


def check_codes(codes: Collection[str]) -> None:
    """Refuse a code that no rule has: a misspelt one must not be silently without effect."""
    families = {rule.family for rule in RULES.values()} | {FAMILY}
    known = {*RULES, *CALL_RULES, *families, *(f"{family}.*" for family in families)}
    for code in sorted(set(codes) - known):
        close = difflib.get_close_matches(code, known, 1)
        remedy = f"did you mean {close[0]}?" if close else "`hookscope rules` lists them"
        raise InputError(f"there is no rule {code!r} to silence", remedy)
