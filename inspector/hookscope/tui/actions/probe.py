"""Probing a failure: the plan first, then the re-sends one after another, then what they proved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hookscope.config.settings import Settings
from hookscope.tui.actions.command_settings import command_settings
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog
from hookscope.tui.engine.job import Cancelled, Job
from hookscope.tui.engine.ports import writable
from hookscope.tui.presentation.probe import plan_document, probed_document
from hookscope_relay.errors import InputError

if TYPE_CHECKING:
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.probe.probe import Probe, ProbeOutcome
    from hookscope.tools.probe.run import Probed

LIMIT_S = 30.0


def probe(screen: ActionScreen) -> None:
    """Show the plan, run it when the user agrees, and show what it proved."""
    number = int(screen.chosen)
    screen.work_on(Job("planning", 1), lambda: _plan(screen, number), quiet=True)


def probe_settings(screen: ActionScreen) -> Settings:
    """The session's settings as probing takes them, aimed at its handler."""
    return command_settings(screen.settings, to=screen.session.to, timeout=LIMIT_S)


def _plan(screen: ActionScreen, number: int) -> None:
    probes = asyncio.run(_planned(writable(screen.store), probe_settings(screen), number))
    screen.background.later(_ask, screen, number, probes)


async def _planned(store: CaptureStore, settings: Settings, number: int) -> tuple[Probe, ...]:
    from hookscope.tools.probe.run import Prober
    from hookscope.tools.replay.trials import open_tries

    async with open_tries(settings, store) as tries:
        try:
            return Prober(tries).plan(store.find(str(number)))
        except InputError as error:
            raise InputError(error.what, "choose one that failed") from None


def _ask(screen: ActionScreen, number: int, probes: Sequence[Probe]) -> None:
    job = Job("probing", len(probes))

    def answered(answer: str | None) -> None:
        if answer:
            screen.work_on(job, lambda: _run(screen, job, number, probes), quiet=True)

    to = screen.session.goes_to
    dialog = Dialog(
        lambda width: plan_document(number, probes, to), {"escape": "", "n": "", "y": "yes", "enter": "yes"}
    )
    screen.app.push_screen(dialog, answered)


def _run(screen: ActionScreen, job: Job, number: int, probes: Sequence[Probe]) -> None:
    settings = probe_settings(screen)
    try:
        probed = asyncio.run(_probed(writable(screen.store), settings, job, number, probes))
    except Cancelled:
        return
    finally:
        screen.background.later(lambda: screen.list.changed({number}))
    screen.background.later(screen.app.push_screen, Dialog(lambda width: probed_document(number, probed), CLOSE))


async def _probed(store: CaptureStore, settings: Settings, job: Job, number: int, probes: Sequence[Probe]) -> Probed:
    from hookscope.tools.probe.run import Prober
    from hookscope.tools.replay.trials import open_tries

    def told(outcome: ProbeOutcome) -> None:
        job.step()
        if job.cancelled:
            raise Cancelled

    async with open_tries(settings, store) as tries:
        return await Prober(tries).run(store.find(str(number)), number, probes, told)
