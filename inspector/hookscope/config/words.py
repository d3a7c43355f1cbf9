"""The words that a configuration file may hold beside the options of commands: the commands' names,
and the tables of other rooms."""

from __future__ import annotations

import re

# An endpoint's name becomes a file's: no separator, no dot in front.
ENDPOINT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

# In the order that a newcomer needs them; a module of this name in hookscope.commands holds each.
COMMANDS = (
    "demo",
    "listen",
    "relay",
    "list",
    "show",
    "wait",
    "replay",
    "send",
    "check",
    "probe",
    "bisect",
    "save",
    "export",
    "import",
    "diff",
    "report",
    "endpoint",
    "doctor",
    "trust",
    "verify",
    "sign",
    "providers",
    "secret",
    "diagnose",
    "rules",
)

# Tables that are no command's, and the keys they may have; None: their room checks what stands in them.
TABLES: dict[str, frozenset[str] | None] = {
    "providers": None,
    "keys": None,
    "diagnosis": frozenset({"silence"}),
    "redaction": frozenset({"fields", "headers", "patterns"}),
}
# Settings at the top level that are no option.
SETTINGS = frozenset({"theme"})
