"""The words that a configuration file may hold beside the options of commands: the commands' names,
and the tables of other rooms."""

from __future__ import annotations

import re
from collections.abc import Mapping

# An endpoint's name becomes a file's: no separator, no dot in front.
ENDPOINT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# By what one wants to do, in the order that a newcomer needs them; a module of hookscope.commands holds each.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "receive": ("demo", "listen", "run", "routes", "relay"),
    "look at what came": ("list", "show", "wait", "diff", "report"),
    "know why": ("verify", "api", "probe", "bisect", "diagnose", "rules"),
    "send": ("replay", "send", "check", "sign"),
    "keep and share": ("save", "export", "import"),
    "set up": ("init", "config", "doctor", "secret", "providers", "endpoint", "alert", "trust", "mcp", "completion"),
}
COMMANDS = tuple(name for names in GROUPS.values() for name in names)

# Tables that are no command's, and the keys they may have; None: their room checks what stands in them.
TABLES: dict[str, frozenset[str] | None] = {
    "providers": None,
    "keys": None,
    "diagnosis": frozenset({"silence"}),
    "redaction": frozenset({"fields", "headers", "patterns"}),
}
# Tables that are written once for each of their kind, and the keys they may have; what stands behind a key their room
# checks, once the file may set it.
TABLE_LISTS: dict[str, frozenset[str]] = {
    "alert": frozenset(
        {"name", "filter", "metric", "rate-above", "rate-below", "share-above", "above", "below", "silence"}
        | {"new-finding", "failing", "window", "least", "cool-down", "desktop", "command", "command-timeout"}
        | {"webhook", "webhook-env", "webhook-form", "secret-env", "secret-file"}
    ),
    "route": frozenset(
        {"name", "match", "handler", "answer", "strip-prefix", "path", "host", "set-header", "timeout"}
        | {"only-path", "only-method", "rate", "concurrency", "retry"}
    ),
}
# Settings at the top level that are no option.
SETTINGS = frozenset({"theme"})
