"""Finding what makes a delivery fail, against one that is accepted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hookscope.tui.actions.command_settings import command_settings
from hookscope.tui.actions.partner import Partner, find_accepted
from hookscope.tui.actions.screen import ActionScreen
from hookscope.tui.dialogs.dialog import CLOSE, Dialog, confirm
from hookscope.tui.engine.job import Cancelled, Job
from hookscope.tui.engine.ports import writable
from hookscope.tui.presentation.bisect import bisected_document

if TYPE_CHECKING:
    from hookscope.config.settings import Settings
    from hookscope.store.captures import CaptureStore
    from hookscope.tools.bisect.run import Bisected

LIMIT_S = 30.0
MOST_SENDS = 200


def bisect(screen: ActionScreen) -> None:
    """Ask, then send mixtures of both until the smallest difference is left."""
    selected = screen.list.selected
    if selected is None:
        return
    good = find_accepted(screen.store, selected)
    if good is None:
        screen.say("no delivery was accepted that it could be compared with; m marks one", "warning")
        return
    bad = selected.number
    title = f"Find what makes #{bad} fail, against #{good.number} ({good.why})?"
    stake = (
        f"Up to {MOST_SENDS} re-sends go to {screen.session.goes_to}, as attempts of #{bad}; Esc stops it on the way."
    )

    def begin() -> None:
        job = Job("bisecting, at most", MOST_SENDS)
        screen.work_on(job, lambda: _bisect(screen, job, good, bad), quiet=True)

    confirm(screen.app, title, stake, "send them", begin)


def _bisect(screen: ActionScreen, job: Job, good: Partner, bad: int) -> None:
    settings = command_settings(screen.settings, to=screen.session.to, timeout=LIMIT_S)
    try:
        bisected = asyncio.run(_bisected(writable(screen.store), settings, job, good.number, bad))
    except Cancelled:
        return
    finally:
        screen.background.later(lambda: screen.list.changed({bad}))
    screen.background.later(
        screen.app.push_screen, Dialog(lambda width: bisected_document(good.number, bad, bisected), CLOSE)
    )


async def _bisected(store: CaptureStore, settings: Settings, job: Job, good: int, bad: int) -> Bisected:
    from hookscope.tools.bisect.run import Bisecter
    from hookscope.tools.replay.trials import open_tries

    def told(sends: int) -> None:
        job.done += sends
        if job.cancelled:
            raise Cancelled

    failing = store.find(str(bad))
    async with open_tries(settings, store) as tries:
        await tries.demand(failing)
        return await Bisecter(tries, told).run(store.find(str(good)), failing, bad, max_sends=MOST_SENDS)
