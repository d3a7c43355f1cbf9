"""Holding the handler's answers now against those that were recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hookscope.config.option import Option
from hookscope.config.settings import Settings, resolve
from hookscope.model.capture import Capture
from hookscope.model.session_requests import Replay, Replayed
from hookscope.tools.filters.language import parse
from hookscope.tui.actions.resend import check_handler
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import AT_ONCE, Cancelled, Job
from hookscope.tui.presentation.compare import compared_document
from hookscope.tui.presentation.units import plural
from hookscope_relay.errors import HookscopeError, InputError

if TYPE_CHECKING:
    from hookscope.tools.compare.answers import Comparison

MARKED = parse("is:marked")
# As of `hookscope replay`, whose settings hold here too.
IGNORE = Option(name="ignore", help="a place that may differ", repeat=True)


def compare(screen: ActionScreen) -> None:
    """Ask, then hand the marked deliveries of the list over twice, or all of it where none is marked."""
    numbers, which = _chosen(screen)

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            handler, ignored = answers.values
            job = Job("comparing", 2 * len(numbers))
            screen.work_on(job, lambda: _compare(screen, job, numbers, handler, ignored.split()), quiet=True)

    def wrong(answers: Answers) -> str:
        from hookscope.tools.compare.answers import check_places

        try:
            check_places(answers.values[1].split())
        except InputError as error:
            return str(error)
        return check_handler(answers) if answers.values[0] else ""

    count = plural(len(numbers), "delivery", "deliveries")
    fields = [
        Field(label="Handler", value=screen.session.handler, hint="the one that had each last"),
        Field(label="Ignore", value=" ".join(ignored_places(screen.settings)), hint="/id /items/*/at headers.x-id"),
    ]
    note = (
        f"{count} ({which}), each handed over twice: what differs between its two answers varies by itself, and is no"
        " difference to the recorded one."
    )
    screen.app.push_screen(
        QuestionScreen("Compare the answers with the recorded ones", fields, wrong, note=note), answered
    )


def ignored_places(settings: Settings) -> tuple[str, ...]:
    """What may differ by the settings of `hookscope replay`; nothing where they make no sense, which it says itself."""
    try:
        return resolve([IGNORE], {}, settings.environ, "replay").many("ignore")
    except HookscopeError:
        return ()


def _chosen(screen: ActionScreen) -> tuple[Sequence[int], str]:
    rows = screen.list.window.numbers
    marked = set(screen.store.numbers(MARKED))
    if chosen := [number for number in rows if number in marked]:
        return chosen, "the marked ones"
    text = screen.list_filter.text
    return tuple(rows), f"all that meet {text}" if text else "the whole list; m marks some"


def _compare(screen: ActionScreen, job: Job, numbers: Sequence[int], handler: str, ignored: Sequence[str]) -> None:
    captures = {f"#{number}": screen.store.find(str(number)) for number in numbers}
    requests = {label: f"{one.delivery.method} {one.delivery.target or '/'}" for label, one in captures.items()}
    try:
        compared = asyncio.run(_compared(screen, job, captures, handler, ignored))
    except Cancelled:
        return
    finally:
        screen.background.later(lambda: screen.list.changed(set(numbers)))
    screen.background.later(
        screen.app.push_screen,
        Dialog(lambda width: compared_document(compared, requests, ignored, width), CLOSE, wide=True),
    )


async def _compared(
    screen: ActionScreen, job: Job, captures: Mapping[str, Capture], handler: str, ignored: Sequence[str]
) -> list[Comparison]:
    from hookscope.tools.compare.run import compare_many, recorded_of
    from hookscope.tools.replay.many import Due

    async def replay(wanted: Replay) -> Replayed:
        if job.cancelled:
            raise InputError("it was stopped", "compare again")
        try:
            return await asyncio.wrap_future(screen.engine.submit(wanted))
        finally:
            job.step()

    compared: list[Comparison] = []
    dues = [Due(label.removeprefix("#"), capture.delivery.received_at) for label, capture in captures.items()]
    recorded = [recorded_of(capture) for capture in captures.values()]
    wanted = Replay(name="", to="" if handler == screen.session.handler else handler)
    await compare_many(dues, recorded, wanted, replay, compared.append, ignored=ignored, concurrency=AT_ONCE)
    if job.cancelled:
        raise Cancelled
    return sorted(compared, key=lambda one: int(one.label.removeprefix("#")))
