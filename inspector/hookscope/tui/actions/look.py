"""Moving, opening, tabs, the filter, themes and help."""

from __future__ import annotations

from collections.abc import Callable

from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog
from hookscope.tui.presentation.help import help_document
from hookscope.tui.presentation.tabs import PAIR, PAIR_WIDTH, Tab


def open_delivery(screen: ActionScreen) -> None:
    """Open the selected delivery; in the detail, fold or unfold where the cursor is."""
    if screen.focused is screen.detail.view:
        screen.detail.view.toggle()
        return
    screen.detail.open()
    screen.turn_to_detail(focus=True)


def other_pane(screen: ActionScreen) -> None:
    """From the list to the detail, or back."""
    if screen.focused is screen.detail.view:
        screen.turn_to_list()
    else:
        open_delivery(screen)


def back(screen: ActionScreen) -> None:
    """Leave what one is in: the filter line, long work, a call, the detail, or the filter."""
    if screen.filter_line.is_open:
        screen.filter_line.close()
        screen.turn_to_list()
    elif screen.background.job is not None:
        screen.background.job.cancelled = True
    elif screen.detail.shows_call:
        screen.detail.open_call(None)
    elif screen.detail_open:
        screen.turn_to_list()
    elif screen.list_filter.text:
        screen.list_filter.enter("")


def tab(name: Tab) -> Callable[[ActionScreen], None]:
    """Shows a tab of the detail."""

    def show(screen: ActionScreen) -> None:
        screen.detail.choose(name)
        screen.turn_to_detail()

    return show


def side_by_side(screen: ActionScreen) -> None:
    """Show the request and the answer next to each other over the whole width, or the list again."""
    if screen.wide:
        screen.turn_to_list()
    elif screen.app.size.width < PAIR_WIDTH:
        screen.say(f"request and answer stand side by side from {PAIR_WIDTH} columns on; 2 and 3 show them", "warning")
    else:
        screen.widen()
        if screen.detail.tab not in PAIR:
            screen.detail.choose(PAIR[0])


def attempt(direction: int) -> Callable[[ActionScreen], None]:
    """Shows the attempt before or after."""

    def show(screen: ActionScreen) -> None:
        if reason := screen.detail.turn_attempt(direction):
            screen.say(reason, "warning")

    return show


def call(direction: int) -> Callable[[ActionScreen], None]:
    """Opens the next of the handler's calls, or the one before."""

    def show(screen: ActionScreen) -> None:
        if reason := screen.detail.turn_call(direction):
            screen.say(reason, "warning")
        else:
            screen.turn_to_detail()

    return show


def type_filter(screen: ActionScreen) -> None:
    """Let the user type a filter."""
    screen.filter_line.open(screen.list_filter.text)
    screen.surroundings.offer_values(screen.filter_line.know)


def follow(screen: ActionScreen) -> None:
    """Keep the newest delivery selected, or stop that."""
    screen.list.follow = not screen.list.follow


def turn_theme(screen: ActionScreen) -> None:
    """Dark instead of light, or the other way round."""
    dark = screen.app.current_theme.dark
    screen.app.theme = "hookscope-light" if dark else "hookscope-dark"


def show_help(screen: ActionScreen) -> None:
    """Show every key."""
    situation = screen.situation
    answers = {**CLOSE, "?": "", "f1": ""}
    screen.app.push_screen(Dialog(lambda width: help_document(situation, screen.keyboard), answers))
