"""What is redacted beyond what we know ourselves: the table `[redaction]` of configuration files,
and names that providers use.

    [redaction]
    fields = ["customer_name", "iban"]   # of JSON, forms, queries and parts
    headers = ["X-Tenant"]
    patterns = ['CUST-\\d{6}']           # regular expressions; the group `secret`, or the whole match, is replaced

The table can only add: nothing in a file makes a secret stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hookscope.tools.redaction.names import comparable
from hookscope.tools.redaction.patterns import TimedPattern
from hookscope_relay.errors import InputError

MAX_ENTRIES = 200
MAX_LENGTH = 500
KEYS = ("fields", "headers", "patterns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Further names of fields (as `comparable` gives them), of headers (lower case), and patterns."""

    fields: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    patterns: tuple[TimedPattern, ...] = ()

    def joined(self, fields: Iterable[str] = (), headers: Iterable[str] = ()) -> Rules:
        """These rules and further names."""
        return Rules(
            fields=self.fields | {comparable(name) for name in fields} - {""},
            headers=self.headers | {name.lower() for name in headers} - {""},
            patterns=self.patterns,
        )


def read_rules(*tables: Mapping[str, Any]) -> Rules:
    """The rules that configuration files add up to; `InputError` where a table makes no sense."""
    fields: list[str] = []
    headers: list[str] = []
    patterns: dict[str, TimedPattern] = {}
    for table in tables:
        section = table.get("redaction", {})
        if not isinstance(section, Mapping):
            raise InputError("[redaction] must be a table", 'write [redaction] and below it fields = ["iban"]')
        for key in section:
            if key not in KEYS:
                raise InputError(f"[redaction]: there is no setting {key!r}", f"it may have {', '.join(KEYS)}")
        fields += _texts(section, "fields")
        headers += _texts(section, "headers")
        patterns |= {text: TimedPattern(text) for text in _texts(section, "patterns")}
    return Rules(patterns=tuple(patterns.values())).joined(fields, headers)


def _texts(section: Mapping[str, Any], key: str) -> list[str]:
    entries = section.get(key, [])
    if (
        not isinstance(entries, list)
        or len(entries) > MAX_ENTRIES
        or not all(isinstance(entry, str) and 0 < len(entry) <= MAX_LENGTH for entry in entries)
    ):
        raise InputError(
            f"[redaction] {key} must be a list of at most {MAX_ENTRIES} texts of up to {MAX_LENGTH} characters",
            f'write {key} = ["…"]',
        )
    return entries
