"""Every action of the screen in one table: the keys, the footer, the help screen, the palette and the README are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.model.summary import Summary
from hookscope.tui.engine.state import Session

Need: TypeAlias = Literal[
    "capture", "handler", "url", "handshake", "rows", "idle", "proof", "signer", "url_to_register"
]
Group: TypeAlias = Literal["Move", "Look", "Act", "Keep", "Session", "Screen"]

KEY_SIGNS = {
    "space": "Space",
    "tab": "Tab",
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the screen can do. `keys` as the terminal library names them; without any it is in the palette only.

    `footer` orders the footer, lowest first; 0 keeps it out. What an action needs is in `needs`, and `why_not` says it.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: Group
    footer: int = 0
    needs: tuple[Need, ...] = ()
    palette: bool = True


CAPTURE: tuple[Need, ...] = ("capture",)
TO_HANDLER: tuple[Need, ...] = ("capture", "handler")
SIGNED: tuple[Need, ...] = ("capture", "signer", "handler")
MANY: tuple[Need, ...] = ("rows", "idle")

ACTIONS: tuple[Action, ...] = (
    Action("down", ("j", "down"), "Down", "the next delivery, or the next line of the detail", "Move", palette=False),
    Action("up", ("k", "up"), "Up", "the one before", "Move", palette=False),
    Action("page_down", ("pagedown", "ctrl+f", "space"), "Page down", "a page down", "Move", palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "Page up", "a page up", "Move", palette=False),
    Action("top", ("g", "home"), "Oldest", "the oldest delivery, or the first line", "Move"),
    Action("bottom", ("G", "end"), "Newest", "the newest delivery, or the last line", "Move"),
    Action("open", ("enter",), "Open", "open the delivery; in the detail, fold or unfold", "Look", 1, CAPTURE),
    Action("back", ("escape",), "Back", "stop long work; else back to the list, then show all deliveries again", "Look", palette=False),
    Action("other_pane", ("tab",), "Other pane", "from the list to the detail, and back", "Look", palette=False),
    Action("next_tab", ("l", "right"), "Next tab", "the next tab of the detail", "Look", palette=False),
    Action("previous_tab", ("h", "left"), "Previous tab", "the tab before", "Look", palette=False),
    Action("findings", ("1",), "Findings", "what is wrong, who answered, what to do", "Look", 0, CAPTURE),
    Action("request", ("2",), "Request", "the delivery as it came", "Look", 0, CAPTURE),
    Action("answer", ("3",), "Answer", "what the handler answered", "Look", 0, CAPTURE),
    Action("timeline", ("4",), "Timeline", "received, queued, handed over, answered; its relatives", "Look", 0, CAPTURE),
    Action("raw", ("5",), "Raw", "the bytes on the wire", "Look", 0, CAPTURE),
    Action("earlier_attempt", ("[",), "Attempt before", "the attempt before the shown one", "Look", 0, CAPTURE),
    Action("later_attempt", ("]",), "Attempt after", "the attempt after the shown one", "Look", 0, CAPTURE),
    Action("filter", ("/", "f"), "Filter", "show only some deliveries, such as status:5xx", "Look", 4),
    Action("follow", ("F",), "Follow", "keep the newest delivery selected, or stop that", "Look", 13),
    Action("diff", ("d",), "Diff", "compare with the marked one, or with the one before of the same object", "Look", 9, CAPTURE),
    Action("replay", ("r",), "Replay", "hand the delivery to the handler again", "Act", 2, TO_HANDLER),
    Action("edit", ("e",), "Edit", "edit the delivery and send it", "Act", 7, CAPTURE),
    Action("prove", ("v",), "Prove", "send what proves the finding: the corrected path, or a fresh signature", "Act", 3, ("proof",)),
    Action("probe", ("p",), "Probe", "a few re-sends that tell a failure's causes apart (shows them first)", "Act", 8, ("capture", "idle")),
    Action("bisect", ("B",), "Bisect", "find what makes it fail, against one that is accepted (asks first)", "Act", 0, ("capture", "handler", "idle")),
    Action("check", ("C",), "Check the handler", "put the handler through its provider's paces, and name what is wrong", "Act", 0, ("idle",)),
    Action("replay_to", ("R",), "Replay to", "hand the delivery to another handler", "Act", 0, CAPTURE),
    Action("resign", ("a",), "Replay signed anew", "hand it over again with a fresh signature", "Act", 0, SIGNED),
    Action("edit_outside", ("E",), "Edit in $EDITOR", "edit the delivery in $EDITOR and send it", "Act", 0, CAPTURE),
    Action("replay_all", ("A",), "Replay all", "hand over every delivery of the list again (asks first)", "Act", 0, MANY),
    Action("replay_marked", (), "Replay the marked", "hand over every marked delivery again (asks first)", "Act", 0, MANY),
    Action("mark", ("m",), "Mark", "mark the delivery, so that it is never cleared away", "Keep", 11, CAPTURE),
    Action("save", ("s",), "Save", "save the delivery as a redacted fixture", "Keep", 10, CAPTURE),
    Action("save_all", (), "Save all", "save every delivery of the list as fixtures", "Keep", 0, MANY),
    Action("copy", ("c",), "Copy", "copy as curl, HTTPie, Python, raw …", "Keep", 12, CAPTURE),
    Action("copy_body", ("Y",), "Copy body", "copy the body of the delivery", "Keep", 0, CAPTURE),
    Action("copy_register", ("u",), "Copy the right URL", "copy the URL to register, where a finding knows the right path", "Keep", 0, ("url_to_register",)),
    Action("export", ("x",), "Export", "write the delivery as curl, HAR, pytest … to a file", "Keep", 0, CAPTURE),
    Action("export_all", ("X",), "Export all", "write every delivery of the list to a file", "Keep", 0, MANY),
    Action("report", ("T",), "Report", "write a redacted report on the delivery, for a ticket", "Keep", 0, ("capture", "idle")),
    Action("import", ("I",), "Import", "take in what other tools recorded, such as a HAR file", "Keep", 0, ("idle",)),
    Action("clear", (), "Clear the list", "delete every delivery that is not marked (asks first)", "Keep"),
    Action("copy_url", ("y",), "Copy URL", "copy the public URL", "Session", 0, ("url",)),
    Action("sample", ("n",), "Send a sample", "send a signed sample delivery to the public URL", "Session", 0, ("url",)),
    Action("pause", ("P",), "Pause", "pause forwarding, or go on: senders get 202 meanwhile", "Session", 14, ("handler",)),
    Action("held", (), "Forward what was held", "hand over what came while forwarding was paused", "Session", 0, ("handler",)),
    Action("backlog", ("b",), "Backlog", "hand over what came while nobody listened (asks first)", "Session", 0, ("handler",)),
    Action("switch", ("H",), "Switch handler", "forward to another handler from now on", "Session"),
    Action("secret", ("S",), "Set a secret", "set a provider's signing secret", "Session"),
    Action("keep_secret", ("K",), "Keep token", "look at the latest verification token again", "Session", 0, ("handshake",)),
    Action("theme", ("t",), "Theme", "light or dark", "Screen"),
    Action("help", ("?", "f1"), "Help", "these keys", "Screen", 5),
    Action("quit", ("q", "ctrl+q"), "Quit", "end the session; every capture is kept", "Screen", 6),
)  # fmt: skip
BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}

WHY_NOT: Mapping[Need, str] = {
    "capture": "no delivery is selected",
    "handler": "this session has no handler; H names one, such as 3000",
    "url": "the endpoint is not open yet",
    "handshake": "no provider has sent a verification token in this session",
    "rows": "the list is empty",
    "idle": "other work is under way; Esc stops it",
    "signer": "the provider of this delivery is not known, so nothing can sign it",
    "url_to_register": "no finding here knows a better path; y copies the endpoint's URL",
    "proof": "no finding here has a re-send that would prove it; p probes",
}


@dataclass(frozen=True, slots=True)
class ActionSituation:
    """What decides whether an action can run."""

    session: Session
    selected: Summary | None
    handshake: bool = False
    rows: int = 0
    busy: bool = False
    proof: bool = False
    url_to_register: bool = False


def why_not(action: Action, situation: ActionSituation) -> str:
    """Why the action cannot run now; empty where it can."""
    need = lacking(action, situation)
    return WHY_NOT[need] if need else ""


def lacking(action: Action, situation: ActionSituation) -> Need | None:
    """The first thing that the action needs and does not have; None where it can run."""
    has = {
        "capture": situation.selected is not None,
        "handler": bool(situation.session.handler),
        "url": bool(situation.session.url),
        "handshake": situation.handshake,
        "rows": situation.rows > 0,
        "idle": not situation.busy,
        "proof": situation.proof,
        "url_to_register": situation.url_to_register,
        "signer": situation.selected is not None and bool(situation.selected.provider),
    }
    return next((need for need in action.needs if not has[need]), None)


def key_sign(key: str) -> str:
    """How a key is written for a reader: `^p` for `ctrl+p`, `↓` for `down`."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return KEY_SIGNS.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)
