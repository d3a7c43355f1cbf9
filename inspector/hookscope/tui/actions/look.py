"""Moving, opening, tabs, the filter, themes and help."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hookscope.tui.presentation.help import help_document
from hookscope.tui.presentation.tabs import Tab
from hookscope.tui.screens.dialog import CLOSE, Dialog
from hookscope.tui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from hookscope.tui.screens.deliveries import DeliveriesScreen


def open_delivery(screen: DeliveriesScreen) -> None:
    """Open the selected delivery; in the detail, fold or unfold where the cursor is."""
    if screen.focused is screen.detail.view:
        screen.detail.view.toggle()
        return
    screen.detail.open()
    screen.add_class("-detail")
    screen.set_focus(screen.detail.view)


def back(screen: DeliveriesScreen) -> None:
    """Leave what one is in: the filter line, long work, the detail, or the filter."""
    if (typing := screen.query_one(FilterLine)).is_open:
        typing.close()
        screen.set_focus(screen.list)
    elif screen.job is not None:
        screen.job.cancelled = True
    elif screen.detail_open:
        screen.remove_class("-detail")
        screen.set_focus(screen.list)
    elif screen.filter_text:
        screen.filter_text = ""
        screen.reread()


def tab(name: Tab) -> Callable[[DeliveriesScreen], None]:
    """Shows a tab of the detail."""

    def show(screen: DeliveriesScreen) -> None:
        screen.detail.choose(name)
        screen.add_class("-detail")

    return show


def attempt(direction: int) -> Callable[[DeliveriesScreen], None]:
    """Shows the attempt before or after."""

    def show(screen: DeliveriesScreen) -> None:
        if reason := screen.detail.turn_attempt(direction):
            screen.say(reason, "warning")

    return show


def type_filter(screen: DeliveriesScreen) -> None:
    """Let the user type a filter."""
    screen.query_one(FilterLine).open(screen.filter_text)
    screen.offer_values()


def follow(screen: DeliveriesScreen) -> None:
    """Keep the newest delivery selected, or stop that."""
    screen.list.follow = not screen.list.follow


def turn_theme(screen: DeliveriesScreen) -> None:
    """Dark instead of light, or the other way round."""
    dark = screen.app.current_theme.dark
    screen.app.theme = "hookscope-light" if dark else "hookscope-dark"


def show_help(screen: DeliveriesScreen) -> None:
    """Show every key."""
    situation = screen.situation
    answers = {**CLOSE, "?": "", "f1": ""}
    screen.app.push_screen(Dialog(lambda width: help_document(situation, screen.keymap), answers))
