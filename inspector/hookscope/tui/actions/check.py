"""Putting the handler through its provider's paces."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hookscope.model.handler import parse_handler
from hookscope.tui.actions.command_settings import command_settings
from hookscope.tui.actions.resend import check_handler
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.actions.session import USUAL_PROVIDER, accepted_path, check_provider, seen_provider
from hookscope.tui.dialogs.dialog import CLOSE, Dialog
from hookscope.tui.dialogs.question import Answers, Field, QuestionScreen
from hookscope.tui.engine.job import Cancelled, Job
from hookscope.tui.engine.offers import provider_names
from hookscope.tui.presentation.check import checked_document

if TYPE_CHECKING:
    from hookscope.tools.check.fact import Fact
    from hookscope.tools.check.table import Check

LIMIT_S = 30.0


def check(screen: ActionScreen) -> None:
    """Ask for the handler and the provider, make the checks, and show what is wrong."""
    providers = provider_names(screen.settings)

    def answered(answers: Answers | None) -> None:
        if answers is not None:
            _begin(screen, *answers.values)

    def wrong(answers: Answers) -> str:
        return check_handler(answers) or check_provider(answers.values[1], providers)

    fields = [
        Field(
            label="Handler",
            value=screen.session.handler.rstrip("/") + accepted_path(screen),
            hint="3000, host:port, 3000/path or a URL",
        ),
        Field(label="Provider", value=seen_provider(screen) or USUAL_PROVIDER, offers=providers),
        Field(label="Event", hint="its usual one; `hookscope send --list` shows others"),
    ]
    note = "About 70 deliveries go there: right ones, forged ones and broken ones. None of them is kept."
    screen.app.push_screen(QuestionScreen("Check the handler", fields, wrong, note=note), answered)


def _begin(screen: ActionScreen, handler: str, provider: str, event: str) -> None:
    from hookscope.tools.check.table import choose

    checks = choose((), ())
    job = Job("checking", len(checks))
    screen.work_on(job, lambda: _check(screen, job, checks, handler, provider.lower(), event), quiet=True)


def _check(screen: ActionScreen, job: Job, checks: Sequence[Check], to: str, provider: str, event: str) -> None:
    from hookscope.tools.check.setup import build_kit, run_checks

    settings = command_settings(screen.settings, provider=provider, event=event, timeout=LIMIT_S, url="")
    handler = parse_handler(to)
    kit, note = build_kit(settings, handler)

    def told(fact: Fact) -> None:
        job.step(fact.state != "failed")
        if job.cancelled:
            raise Cancelled

    try:
        report = asyncio.run(run_checks(settings, handler, kit, checks, told))
    except Cancelled:
        return
    report = replace(report, notes=(note,))
    screen.background.later(screen.app.push_screen, Dialog(lambda width: checked_document(report), CLOSE, wide=True))
