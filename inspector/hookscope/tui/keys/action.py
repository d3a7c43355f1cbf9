"""An action of the screen as a row of a table, and why it cannot run now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from hookscope.model.summary import Summary
from hookscope.tui.engine.state import Session

S = TypeVar("S")

Need: TypeAlias = Literal[
    "capture", "handler", "url", "handshake", "rows", "idle", "proof", "signer", "url_to_register", "watching"
]
Group: TypeAlias = Literal["Move", "Look", "Act", "Keep", "Session", "Screen"]

WHY_NOT: Mapping[Need, str] = {
    "capture": "no delivery is selected",
    "handler": "this session has no handler; H names one, such as 3000",
    "url": "the endpoint is not open yet",
    "handshake": "no provider has sent a verification token in this session",
    "rows": "the list is empty",
    "idle": "other work is under way; Esc stops it",
    "signer": "the provider of this delivery is not known, so nothing can sign it",
    "url_to_register": "no finding here knows a better path; y copies the endpoint's URL",
    "watching": "nobody else answers for this session: there is nothing to take over",
    "proof": "no finding here has a re-send that would prove it; p probes",
}


@dataclass(frozen=True, slots=True)
class Action(Generic[S]):
    """One thing that a screen `S` can do, and the function that does it; whether it can run was asked before.

    `keys` as the terminal library names them; without any it is in the palette only.
    `footer` orders the footer, lowest first; 0 keeps it out. What an action needs is in `needs`, and `why_not` says it.
    """

    name: str
    keys: tuple[str, ...]
    do: Callable[[S], object]
    label: str
    help: str
    group: Group
    footer: int = 0
    needs: tuple[Need, ...] = ()
    palette: bool = True


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


def why_not(action: Action[S], situation: ActionSituation) -> str:
    """Why the action cannot run now; empty where it can."""
    need = lacking(action, situation)
    return WHY_NOT[need] if need else ""


def lacking(action: Action[S], situation: ActionSituation) -> Need | None:
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
        "watching": situation.session.may_take_over,
        "signer": situation.selected is not None and bool(situation.selected.provider),
    }
    return next((need for need in action.needs if not has[need]), None)
