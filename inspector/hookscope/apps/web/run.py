"""`hookscope listen --web`: one engine, a screen in every tab, and lines on the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hookscope.apps.attach import MakeRunner
from hookscope.apps.web.tab import VARIABLE
from hookscope.apps.welcome import farewell, welcome
from hookscope.config.settings import Settings
from hookscope.console.colour import wants_colour
from hookscope.console.plain import PlainFace
from hookscope.console.printer import Printer, printing
from hookscope.model.events import Event, Stopped
from hookscope.session.door import Door
from hookscope.session.plan import Plan
from hookscope.session.thread import SessionThread
from hookscope_relay.errors import InputError

if TYPE_CHECKING:
    from hookscope.apps.web.server import ScreenServer

StopOn = Callable[[Callable[[], None]], None]


def run_web(plan: Plan, settings: Settings, make: MakeRunner, stop_on: StopOn) -> int:
    """Serve until a signal ends it or the session is over; raises what ended the session, if something did.

    `stop_on` has the first signal call what it is given. `InputError` where the extra is not installed.
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise InputError("the package that serves screens is not installed", "run: pip install 'hookscope[web]'")
    from hookscope.apps.web.server import ScreenServer

    captures = plan.places.captures
    colour = wants_colour(settings.environ, sys.stdout, sys.stderr)
    face = PlainFace(colour=colour, beginning=welcome(plan), ending=partial(farewell, captures=captures))
    engine = SessionThread(plan, make)
    door = Door(engine.submit, settings)
    server = ScreenServer(settings.whole("web-port"), settings.sources.get("web-port", "default") != "default")
    with printing(face) as printer:
        try:
            asyncio.run(_serve(engine, printer, door, server, stop_on))
        finally:
            os.environ.pop(VARIABLE, None)
            door.close()
            engine.stop()
    if engine.error is not None:
        raise engine.error
    return 0


async def _serve(engine: SessionThread, printer: Printer, door: Door, server: ScreenServer, stop_on: StopOn) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        # Where the loop is closed it is over.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    def hear(event: Event) -> None:
        printer(event)
        door(event)
        if isinstance(event, Stopped):
            end()

    stop_on(end)
    printer.broke = end
    os.environ[VARIABLE] = door.open()
    await server.start()
    print(f"Screen    {server.url}", file=sys.stderr, flush=True)
    engine.start(hear)
    try:
        await over.wait()
    finally:
        await server.stop()
        await asyncio.to_thread(engine.stop)
