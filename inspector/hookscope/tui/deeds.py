"""What each action of the table does. Whether it can run was asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hookscope.front_door import Clear, ForwardBacklog, KeepSecret, Mark, Pause, Replay, Resume
from hookscope.tui.document import prose
from hookscope.tui.line import line
from hookscope.tui.presentation.handshake import handshake_document
from hookscope.tui.presentation.help import help_document
from hookscope.tui.presentation.tabs import Tab
from hookscope.tui.presentation.words import plural, render_size
from hookscope.tui.screens.dialog import Dialog
from hookscope.tui.widgets.filter_line import FilterLine

if TYPE_CHECKING:
    from hookscope.tui.screens.deliveries import DeliveriesScreen

CLOSE = {"escape": "", "enter": "", "q": ""}


def _open(screen: DeliveriesScreen) -> None:
    if screen.focused is screen.detail.view:
        screen.detail.view.toggle()
        return
    screen.detail.open()
    screen.add_class("-detail")
    screen.detail.view.focus()


def _back(screen: DeliveriesScreen) -> None:
    if (typing := screen.query_one(FilterLine)).is_open:
        typing.close()
        screen.list.focus()
    elif screen.detail_open:
        screen.remove_class("-detail")
        screen.list.focus()
    elif screen.filter_text:
        screen.filter_text = ""
        screen.reread()


def _tab(tab: Tab) -> Callable[[DeliveriesScreen], None]:
    def show(screen: DeliveriesScreen) -> None:
        screen.detail.choose(tab)
        screen.add_class("-detail")

    return show


def _attempt(direction: int) -> Callable[[DeliveriesScreen], None]:
    def show(screen: DeliveriesScreen) -> None:
        if reason := screen.detail.turn_attempt(direction):
            screen.say(reason, "warning")

    return show


def _filter(screen: DeliveriesScreen) -> None:
    screen.query_one(FilterLine).open(screen.filter_text)


def _follow(screen: DeliveriesScreen) -> None:
    screen.list.follow = not screen.list.follow


def _replay(screen: DeliveriesScreen) -> None:
    if (selected := screen.list.selected) is not None:
        screen.say(f"handing #{selected.number} to the handler …")
        screen.ask(Replay(name=str(selected.number)))


def _mark(screen: DeliveriesScreen) -> None:
    if (selected := screen.list.selected) is not None:
        screen.ask(Mark(name=str(selected.number), on=not selected.marked))


def _copy_url(screen: DeliveriesScreen) -> None:
    screen.app.copy_to_clipboard(screen.session.url)
    screen.say(f"copied {screen.session.url}")


def _copy_body(screen: DeliveriesScreen) -> None:
    detail = screen.detail.detail
    if detail is None:
        screen.say("the delivery is still being read", "warning")
        return
    body = detail.capture.delivery.body
    screen.app.copy_to_clipboard(body.decode("utf-8", "replace"))
    exact = "" if body.isascii() or _is_utf8(body) else "; it is not text, so bytes were replaced"
    screen.say(f"copied the body, {render_size(len(body))}{exact}", "warning" if exact else "information")


def _pause(screen: DeliveriesScreen) -> None:
    screen.ask(Resume() if screen.session.paused else Pause())


def _backlog(screen: DeliveriesScreen) -> None:
    screen.ask(ForwardBacklog())


def _keep_secret(screen: DeliveriesScreen) -> None:
    seen = screen.handshake
    if seen is None:
        return

    def copy() -> None:
        screen.app.copy_to_clipboard(seen.token)
        screen.say("copied the token")

    def answered(answer: str | None) -> None:
        if answer == "keep":
            screen.ask(KeepSecret(name=str(seen.number)))

    answers = {**CLOSE, "n": ""} if seen.kept == "kept" else {"escape": "", "n": "", "y": "keep"}
    screen.app.push_screen(Dialog(lambda width: handshake_document(seen, width), answers, {"c": copy}), answered)


def _clear(screen: DeliveriesScreen) -> None:
    count = plural(screen.store.count(None), "delivery", "deliveries")
    question = prose(
        line(("Clear the list?", "title")),
        line(f"{count} are kept; all but the marked ones are deleted for good.", indent=0),
        line(("y", "mark"), " delete them    ", ("n", "mark"), " keep them"),
    )

    def answered(answer: str | None) -> None:
        if answer == "clear":
            screen.ask(Clear())

    screen.app.push_screen(Dialog(lambda width: question, {"escape": "", "n": "", "y": "clear"}), answered)


def _theme(screen: DeliveriesScreen) -> None:
    dark = screen.app.current_theme.dark
    screen.app.theme = "hookscope-light" if dark else "hookscope-dark"


def _help(screen: DeliveriesScreen) -> None:
    situation = screen.situation
    screen.app.push_screen(Dialog(lambda width: help_document(situation, screen.keymap), {**CLOSE, "?": "", "f1": ""}))


def _quit(screen: DeliveriesScreen) -> None:
    screen.app.exit()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


DEEDS: Mapping[str, Callable[[DeliveriesScreen], None]] = {
    "down": lambda screen: screen.active.move(1),
    "up": lambda screen: screen.active.move(-1),
    "page_down": lambda screen: screen.active.page(1),
    "page_up": lambda screen: screen.active.page(-1),
    "top": lambda screen: screen.active.to_start(),
    "bottom": lambda screen: screen.active.to_end(),
    "open": _open,
    "back": _back,
    "next_tab": lambda screen: screen.detail.turn(1),
    "previous_tab": lambda screen: screen.detail.turn(-1),
    "findings": _tab("findings"),
    "request": _tab("request"),
    "answer": _tab("answer"),
    "timeline": _tab("timeline"),
    "raw": _tab("raw"),
    "earlier_attempt": _attempt(-1),
    "later_attempt": _attempt(1),
    "filter": _filter,
    "follow": _follow,
    "replay": _replay,
    "mark": _mark,
    "copy_url": _copy_url,
    "copy_body": _copy_body,
    "pause": _pause,
    "backlog": _backlog,
    "keep_secret": _keep_secret,
    "clear": _clear,
    "theme": _theme,
    "help": _help,
    "quit": _quit,
}
