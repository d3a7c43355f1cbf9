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
    "watching": "while another session answers",
    "url_to_register": "needs a finding that knows a better path",
}
GROUPS = ("Move", "Look", "Act", "Keep", "Session", "Screen")
KEYS_WIDTH = 14
SIGNS = (
    ("✓ ↪ ✗", "the handler answered 2xx, 3xx, 4xx or 5xx; ✗ with a word: there was no answer"),
    ("○", "kept: answered by hookscope itself; owed: answered by the relay, no handler has had it yet"),
    ("★ b r s ×2", "marked; came while nobody listened; a replay; a sample; handed over twice"),
)
WORDS = (
    ("delivery", "one request that a sender made, kept byte for byte; on the command line a capture"),
    ("attempt", "one hand-over of a delivery to a handler, with what came of it; the first is the live one"),
    ("handler", "your program that takes the deliveries; HANDLER on the command line is its address"),
    ("endpoint", "your place at a relay: the URL that you give to senders"),
    ("event", "what the provider says happened; it may come in several deliveries"),
    ("sign anew", "compute the signature again with the secret that is known here, as the provider would"),
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
    lines += [Line(), line(("Words", "title"))]
    lines += [line((word.ljust(KEYS_WIDTH), "strong"), "  ", (told, ""), indent=KEYS_WIDTH + 2) for word, told in WORDS]
    return prose(*lines)


def keys_table(keyboard: Keyboard) -> str:
    """The actions as a Markdown table, for docs/keys.md."""
    rows = ["| key | action | does |", "|---|---|---|"]
    for action in keyboard.actions:
        keys = " ".join(f"`{sign}`" for sign in keyboard.signs_of(action)) or "palette"
        rows.append(f"| {keys} | `{action.name}` | {action.help} |")
    return "\n".join(rows)
