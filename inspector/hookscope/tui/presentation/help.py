"""The help screen: every action, its keys, its name, what it does, and what it lacks to run now."""

from __future__ import annotations

from collections.abc import Mapping

from hookscope.tui.canvas.document import Document, prose
from hookscope.tui.canvas.line import Line, line
from hookscope.tui.keys.action import ActionSituation, Need, lacking
from hookscope.tui.keys.keyboard import Keyboard

LACKS: Mapping[Need, str] = {
    "capture": "needs a delivery",
    "handler": "needs a handler",
    "url": "needs an open endpoint",
    "handshake": "needs a token from a provider",
    "rows": "needs deliveries",
    "idle": "waits for other work",
    "signer": "needs a provider to sign for",
    "proof": "needs a finding that a re-send proves",
}
GROUPS = ("Move", "Look", "Act", "Keep", "Session", "Screen")
KEYS_WIDTH = 12
SIGNS = (
    ("✓ ↪ ✗", "the handler answered 2xx, 3xx, 4xx or 5xx; ✗ with a word: there was no answer"),
    ("○", "kept: answered by hookscope itself; owed: answered by the relay, nobody has handled it"),
    ("★ b r ×2", "marked; came while nobody listened; a replay; handed over twice"),
)


def help_document(situation: ActionSituation, keyboard: Keyboard) -> Document:
    """All of it."""
    lines: list[Line] = []
    for group in GROUPS:
        lines.append(line((group, "title")))
        for action in (action for action in keyboard.actions if action.group == group):
            keys = " ".join(keyboard.signs_of(action)) or "palette"
            why = (f"  ({LACKS[need]})",) if (need := lacking(action, situation)) else ()
            lines.append(
                line(
                    (keys.ljust(KEYS_WIDTH), "mark"),
                    "  ",
                    (f"{action.label}  ", "strong"),
                    action.help,
                    *((text, "dim") for text in why),
                    indent=KEYS_WIDTH + 2,
                )
            )
        lines.append(Line())
    lines.append(line(("^p".ljust(KEYS_WIDTH), "mark"), "  the palette: every action by name", indent=KEYS_WIDTH + 2))
    lines += [Line(), line(("Signs", "title"))]
    lines += [line((sign.ljust(KEYS_WIDTH), "strong"), "  ", (told, ""), indent=KEYS_WIDTH + 2) for sign, told in SIGNS]
    return prose(*lines)


def keys_table(keyboard: Keyboard) -> str:
    """The actions as a Markdown table, for docs/keys.md."""
    rows = ["| key | action | does |", "|---|---|---|"]
    for action in keyboard.actions:
        keys = " ".join(f"`{sign}`" for sign in keyboard.signs_of(action)) or "palette"
        rows.append(f"| {keys} | `{action.name}` | {action.help} |")
    return "\n".join(rows)
