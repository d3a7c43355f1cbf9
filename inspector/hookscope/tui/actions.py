"""Every action of the screen in one table: the keys, the footer, the help screen, the palette and the README are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookscope.summary import Summary
from hookscope.tui.state import Session

Need: TypeAlias = Literal["capture", "handler", "url", "handshake"]
Group: TypeAlias = Literal["Move", "Look", "Act", "Screen"]

KEY_SIGNS = {
    "space": "space",
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


ACTIONS: tuple[Action, ...] = (
    Action("down", ("j", "down"), "Down", "the next delivery, or the next line of the detail", "Move", palette=False),
    Action("up", ("k", "up"), "Up", "the one before", "Move", palette=False),
    Action("page_down", ("pagedown", "ctrl+f"), "Page down", "a page down", "Move", palette=False),
    Action("page_up", ("pageup", "ctrl+b"), "Page up", "a page up", "Move", palette=False),
    Action("top", ("g", "home"), "Oldest", "the oldest delivery, or the first line", "Move"),
    Action("bottom", ("G", "end"), "Newest", "the newest delivery, or the last line", "Move"),
    Action("open", ("enter",), "Open", "open the delivery; in the detail, fold or unfold", "Look", 1, ("capture",)),
    Action("back", ("escape",), "Back", "back to the list", "Look", palette=False),
    Action("next_tab", ("l", "right"), "Next tab", "the next tab of the detail", "Look", palette=False),
    Action("previous_tab", ("h", "left"), "Previous tab", "the tab before", "Look", palette=False),
    Action("findings", ("1",), "Findings", "what is wrong, who answered, what to do", "Look", 0, ("capture",)),
    Action("request", ("2",), "Request", "the delivery as it came", "Look", 0, ("capture",)),
    Action("answer", ("3",), "Answer", "what the handler answered", "Look", 0, ("capture",)),
    Action("timeline", ("4",), "Timeline", "received, handed over, answered", "Look", 0, ("capture",)),
    Action("raw", ("5",), "Raw", "the bytes on the wire", "Look", 0, ("capture",)),
    Action("earlier_attempt", ("[",), "Attempt before", "the attempt before the shown one", "Look", 0, ("capture",)),
    Action("later_attempt", ("]",), "Attempt after", "the attempt after the shown one", "Look", 0, ("capture",)),
    Action("filter", ("/", "f"), "Filter", "show only some deliveries, such as status:5xx", "Look", 3),
    Action("follow", ("F",), "Follow", "keep the newest delivery selected, or stop that", "Look", 5),
    Action("replay", ("r",), "Replay", "hand the delivery to the handler again", "Act", 2, ("capture", "handler")),
    Action("mark", ("m",), "Mark", "mark the delivery, so that it is never cleared away", "Act", 6, ("capture",)),
    Action("copy_url", ("y",), "Copy URL", "copy the public URL", "Act", 0, ("url",)),
    Action("copy_body", ("Y",), "Copy body", "copy the body of the delivery", "Act", 0, ("capture",)),
    Action(
        "pause", ("space",), "Pause", "pause forwarding, or go on: senders get 202 meanwhile", "Act", 7, ("handler",)
    ),
    Action("backlog", ("b",), "Backlog", "hand over what came while nobody listened", "Act", 0, ("handler",)),
    Action(
        "keep_secret", ("K",), "Keep token", "look at the latest verification token again", "Act", 0, ("handshake",)
    ),
    Action("clear", (), "Clear the list", "delete every delivery that is not marked (asks first)", "Act"),
    Action("theme", ("t",), "Theme", "light or dark", "Screen"),
    Action("help", ("?", "f1"), "Help", "these keys", "Screen", 4),
    Action("quit", ("q", "ctrl+q"), "Quit", "end the session; every capture is kept", "Screen", 9),
)
BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}

WHY_NOT: Mapping[Need, str] = {
    "capture": "no delivery is selected",
    "handler": "this session has no handler; start `hookscope listen` with one, such as 3000",
    "url": "the endpoint is not open yet",
    "handshake": "no provider has sent a verification token in this session",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether an action can run."""

    session: Session
    selected: Summary | None
    handshake: bool = False


def why_not(action: Action, situation: Situation) -> str:
    """Why the action cannot run now; empty where it can."""
    has = {
        "capture": situation.selected is not None,
        "handler": bool(situation.session.handler),
        "url": bool(situation.session.url),
        "handshake": situation.handshake,
    }
    return next((WHY_NOT[need] for need in action.needs if not has[need]), "")


def key_sign(key: str) -> str:
    """How a key is written for a reader: `^p` for `ctrl+p`, `↓` for `down`."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return KEY_SIGNS.get(key, key.upper() if key.startswith("f") and key[1:].isdigit() else key)
