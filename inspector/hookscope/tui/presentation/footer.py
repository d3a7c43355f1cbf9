"""The two lines at the bottom: where one is, and the keys that make sense there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hookscope.tui.canvas.line import Line, Span, fit, line, said
from hookscope.tui.keys.action import Action, ActionSituation, S, why_not
from hookscope.tui.keys.keyboard import Keyboard
from hookscope.tui.presentation.units import SEVERITY_SIGNS, plural

# What one can do before anything has come, in the footer's order.
WHILE_EMPTY = ("sample", "copy_url", "secret", "switch", "filter", "help", "quit", "pause")
BRIEF = {"sample": "sample", "secret": "secret", "switch": "handler"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Where one is: the selected row counted from 1 (0: none), how many rows there are,
    and what limits or moves them."""

    row: int = 0
    rows: int = 0
    unseen: int = 0
    follow: bool = False
    filter_text: str = ""
    detail_open: bool = False


def render_status(place: ListPlace, situation: ActionSituation, width: int) -> Line:
    """The position, the filter, what is new, whether the list follows; then the finding on what is selected."""
    parts: list[Span] = [(" ", "")]
    if place.filter_text:
        parts += [
            ("filter ", "dim"),
            (said(place.filter_text, 200), "strong"),
            (" Esc ", "mark"),
            ("shows all  ", "dim"),
        ]
    parts.append((f"{place.row:,} of {plural(place.rows, 'delivery', 'deliveries')}", "dim"))
    if place.unseen:
        parts += [("  ", ""), (f"↓ {place.unseen:,} new", "mark")]
    if place.follow:
        parts += [("  ", ""), ("follows the newest", "mark")]
    if situation.session.paused:
        parts += [("  ", ""), ("‖ paused", "warn")]
    selected = situation.selected
    if selected is not None and selected.headline:
        sign, role = SEVERITY_SIGNS.get(selected.severity, ("", ""))
        parts += [("  ", ""), (f"{sign} ", role), (said(selected.headline, 300), "")]
    return fit(line(*parts), width)


def render_keys(situation: ActionSituation, keyboard: Keyboard, width: int, detail_open: bool = False) -> Line:
    """The keys of the footer's actions that can run now, as many as fit whole."""
    spans: list[Span] = [(" ", "")]
    room = width - 1
    for key, label in _shown(situation, keyboard, detail_open):
        needed = len(key) + len(label) + 3
        if needed > room:
            break
        spans += [(key, "mark"), (f" {label}", "dim"), ("  ", "")]
        room -= needed
    return fit(line(*spans), width)


def action_at(situation: ActionSituation, keyboard: Keyboard, column: int, detail_open: bool = False) -> str:
    """The name of the action whose key is at a column of that line; empty where there is none."""
    left = 1
    for action in _actions(situation, keyboard, detail_open):
        key, label = _words(action, keyboard, situation)
        right = left + len(key) + len(label) + 1
        if left <= column < right:
            return action.name
        left = right + 2
    return ""


def _shown(situation: ActionSituation, keyboard: Keyboard, detail_open: bool) -> Iterator[tuple[str, str]]:
    for action in _actions(situation, keyboard, detail_open):
        yield _words(action, keyboard, situation)


def _actions(
    situation: ActionSituation, keyboard: Keyboard, detail_open: bool
) -> list[Action[Any]]:  # Any: the screen, which stands above
    if not situation.rows and situation.selected is None:
        return [
            action
            for name in WHILE_EMPTY
            if keyboard.keys_of(action := keyboard.by_name[name]) and not why_not(action, situation)
        ]
    wanted = [action for action in keyboard.actions if action.footer or (detail_open and action.name == "back")]
    usable = [action for action in wanted if keyboard.keys_of(action) and not why_not(action, situation)]
    # While forwarding is paused, the way on comes first.
    paused = situation.session.paused
    return sorted(usable, key=lambda action: 0 if paused and action.name == "pause" else action.footer)


def _words(action: Action[S], keyboard: Keyboard, situation: ActionSituation) -> tuple[str, str]:
    label = (
        "go on"
        if action.name == "pause" and situation.session.paused
        else BRIEF.get(action.name, action.label[0].lower() + action.label[1:])
    )
    return keyboard.signs_of(action)[0], label
