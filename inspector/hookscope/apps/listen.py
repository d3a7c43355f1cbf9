"""Runs the session of `listen` behind a face: the screen, plain lines, or NDJSON."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from hookscope.apps.attach import MakeRunner, arrange, hold
from hookscope.apps.signals import call_soon, stop_on_signals
from hookscope.apps.welcome import at_home, farewell, welcome
from hookscope.config.settings import Settings
from hookscope.console.colour import wants_colour
from hookscope.console.ndjson import NdjsonFace
from hookscope.console.plain import PlainFace
from hookscope.console.printer import Printer, printing
from hookscope.model.events import Listener
from hookscope.session.plan import Plan
from hookscope.session.run import AnyRunner, Runner, run_session
from hookscope_relay import event_loop
from hookscope_relay.errors import InputError
from hookscope_relay.event_loop import settle_memory
from hookscope_relay.memory import give_back_large_blocks

if TYPE_CHECKING:
    from hookscope.apps.until import Until
    from hookscope.session.thread import SessionThread

# A flood makes some thousand objects a moment; nearly all of them go by themselves.
YOUNG = 20_000


def listen(settings: Settings) -> int:
    """Run a `listen` session as the settings say, with the face that the terminal and the options call for."""
    give_back_large_blocks()
    with contextlib.ExitStack() as stack:
        other = hold(settings, stack)
        until = _until(settings)
        plan, make = arrange(settings, other, stack)
        if settings.flag("json"):
            ndjson = NdjsonFace()
            return run_lines(plan, ndjson, until, ndjson.flush, make)
        if settings.flag("web"):
            from hookscope.apps.web.run import run_web

            if until is not None:
                raise InputError("--until ends a session by itself, and --web is for looking", "leave one of them out")
            return run_web(plan, settings, make, stop_on_signals)
        if settings.flag("plain") or until or not on_terminal():
            colour = wants_colour(settings.environ, sys.stdout, sys.stderr)
            ending = partial(farewell, captures=plan.places.captures)
            face = PlainFace(colour=colour, beginning=welcome(plan), ending=ending)
            return run_lines(plan, face, until, make=make)
        return run_screen(plan, settings, make)


def run_lines(
    plan: Plan,
    face: Listener,
    until: Until | None = None,
    flush: Callable[[], object] | None = None,
    make: MakeRunner = Runner,
) -> int:
    """Run a session in this thread until a signal ends it, nobody reads what it prints, or what is awaited came;
    a second signal ends the process at once."""
    settle_memory()
    gc.set_threshold(YOUNG)
    with printing(face, flush) as printer:
        return event_loop.run(_run_to_its_end(plan, printer, until, make))


def run_screen(plan: Plan, settings: Settings, make: MakeRunner = Runner) -> int:
    """Run a session in a thread of its own, behind the screen."""
    from hookscope.session.thread import SessionThread

    return run_engine(SessionThread(plan, make), plan, settings)


def run_engine(engine: SessionThread, plan: Plan, settings: Settings, keeps: bool = True) -> int:
    """Open the screen over an engine; ends the engine with it and raises what ended the session, if something did.

    A session that `keeps` its captures says at its end where they are.
    """
    from hookscope.store.captures import CaptureStore
    from hookscope.tui.app import run_screen as run_app

    # The screen and the engine share the interpreter: short turns keep a busy screen out of a sender's way.
    sys.setswitchinterval(0.001)
    store = CaptureStore.open(plan.places.captures)
    try:
        code = run_app(engine, store, settings=settings, kept_in=at_home(plan.places.captures) if keeps else "")
    finally:
        engine.stop()
        store.close()
    if keeps and engine.captured:
        print(f"hookscope: {farewell(engine.captured, plan.places.captures)}", file=sys.stderr)
    if engine.error is not None:
        raise engine.error
    return code


def on_terminal() -> bool:
    """Whether a screen can be shown: it reads standard input, draws on standard error as on standard output, and moves
    the cursor, which a dumb terminal cannot."""
    is_dumb = os.environ.get("TERM") == "dumb"
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty() and not is_dumb


def _until(settings: Settings) -> Until | None:
    """What `--until` says; what reads it is loaded for it only."""
    if not settings.text("until"):
        for name in ("until", "count"):
            if settings.sources.get(name) == "flag":
                raise InputError(
                    f"--{name} waits for nothing without a filter", "give --until FILTER, such as status:2xx"
                )
        return None
    from hookscope.apps.until import until_of

    return until_of(settings)


async def _run_to_its_end(plan: Plan, printer: Printer, until: Until | None, make: MakeRunner) -> int:
    beside: list[asyncio.Task[None]] = []

    def started(runner: AnyRunner) -> None:
        stop_with(printer, runner)
        if until is not None:
            beside.append(asyncio.create_task(until.end(runner, plan.places.captures)))

    try:
        return await run_session(plan, printer, started, make)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


def stop_with(printer: Printer, runner: AnyRunner) -> None:
    """End a session in order at the first signal, and when its output breaks. Needs a running loop."""
    stop_on_signals(runner.stop)
    printer.broke = partial(call_soon, asyncio.get_running_loop(), runner.stop)
