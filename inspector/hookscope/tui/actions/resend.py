"""Handing deliveries over: again, edited, signed anew, elsewhere, one or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hookscope.model.handler import parse_handler
from hookscope.model.session_requests import Replay
from hookscope.tools.filters.language import parse
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import confirm
from hookscope.tui.dialogs.editor import Edited, EditorScreen
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Job, replay_each
from hookscope.tui.presentation.notices import BEGUN_S
from hookscope.tui.presentation.units import plural
from hookscope_relay.errors import InputError


def replay(screen: ActionScreen) -> None:
    """Hand the delivery to the handler again."""
    _send(screen, Replay(name=screen.chosen))


def resign(screen: ActionScreen) -> None:
    """Hand it over again with a fresh signature."""
    _send(screen, Replay(name=screen.chosen, resign=True))


def prove(screen: ActionScreen) -> None:
    """Send what proves the finding."""
    if (proof := screen.detail.proof) is not None:
        _send(screen, proof.request)


def replay_to(screen: ActionScreen) -> None:
    """Ask for another handler, and hand the delivery to that one."""
    name = screen.chosen

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            screen.last_handler = answers.values[0]
            _send(screen, Replay(name=name, to=answers.values[0], resign=answers.on))

    field = Field(label="Handler", value=screen.last_handler, hint="3000, host:port, 3000/path or a URL")
    question = QuestionScreen(f"Hand #{name} to another handler", [field], check_handler, switch="sign anew")
    screen.app.push_screen(question, answered)


def edit(screen: ActionScreen) -> None:
    """Open the editor."""
    _edit(screen, outside=False)


def edit_outside(screen: ActionScreen) -> None:
    """Open the user's own editor, then ours with what came of it."""
    _edit(screen, outside=True)


def replay_all(screen: ActionScreen) -> None:
    """Ask, then hand over every delivery of the list."""
    text = screen.list_filter.text
    which = f"all that meet {text}" if text else "the whole list"
    _replay_many(screen, screen.list.window.numbers, which)


def replay_marked(screen: ActionScreen) -> None:
    """Ask, then hand over every marked delivery."""
    _replay_many(screen, screen.store.numbers(parse("is:marked")), "the marked ones")


def check_handler(answers: Answers) -> str:
    """Why the first answer is no handler; empty where it is one."""
    try:
        parse_handler(answers.values[0])
    except InputError as error:
        return str(error)
    return ""


def _send(screen: ActionScreen, request: Replay) -> None:
    screen.say(f"handing #{request.name} to {request.to or 'the handler'} …", seconds=BEGUN_S)
    screen.ask(request)


def _edit(screen: ActionScreen, outside: bool) -> None:
    detail = screen.detail.detail
    if detail is None:
        screen.say("the delivery is still being read", "warning")
        return
    name = str(detail.number)

    def edited(result: Edited | None) -> None:
        if result is not None:
            _send(screen, Replay(name=name, draft=result.draft, resign=result.resign))

    screen.app.push_screen(EditorScreen(detail.capture.delivery, detail.number, outside=outside), edited)


def _replay_many(screen: ActionScreen, numbers: Sequence[int], which: str) -> None:
    if not numbers:
        screen.say("no delivery is marked; m marks one", "warning")
        return
    count = plural(len(numbers), "delivery", "deliveries")
    title = f"Hand over {count} again? ({which})"
    to = screen.session.goes_to or "the handler that had each last"
    stake = f"Each goes to {to} once more, oldest first; Esc stops it on the way."
    confirm(screen.app, title, stake, "hand them over", lambda: _begin(screen, tuple(numbers)))


def _begin(screen: ActionScreen, numbers: Sequence[int]) -> None:
    job = Job("replaying", len(numbers))
    wanted = Replay(name="")
    requests = (replace(wanted, name=str(number)) for number in numbers)
    screen.work_on(job, lambda: replay_each(screen.engine, job, requests))
