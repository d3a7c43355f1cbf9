"""The demo: the main job on an embedded relay, with a sample handler and a script of deliveries,
in a temporary home."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from hookscope.apps.demo.handler import TOKEN, start_handler
from hookscope.apps.demo.script import SCENES, Play
from hookscope.apps.listen import on_terminal, run_engine, stop_with
from hookscope.apps.local_relay import embed
from hookscope.config.endpoint_keys import load_or_make
from hookscope.config.settings import Settings, places
from hookscope.console.colour import wants_colour
from hookscope.console.plain import PlainFace
from hookscope.console.printer import Printer, printing
from hookscope.model.events import Attempted, Diagnosed, Event, Listener, Noticed
from hookscope.model.handler import parse_handler
from hookscope.providers.registry import load_providers
from hookscope.session.plan import Plan
from hookscope.session.run import Runner, run_session
from hookscope.session.terms import Forwarding
from hookscope.session.thread import SessionThread
from hookscope.tunnel.client import Dialling
from hookscope_relay.settings import RelaySettings

LIMIT_S = 2.0
ABOUT = f"A sample handler with real faults gets {len(SCENES)} signed Notion-style deliveries through a relay"


def play(settings: Settings) -> int:
    """Run the demo: on a terminal with the screen, else as lines that end by themselves."""
    handler_url, stop_handler = start_handler()
    # Windows keeps files open a moment longer than their owner; that must not fail a demo.
    with tempfile.TemporaryDirectory(prefix="hookscope-demo-", ignore_cleanup_errors=True) as home:
        plan = build_plan(Path(home), handler_url)
        try:
            if on_terminal() and not settings.flag("plain"):
                code = run_engine(_DemoEngine(plan), plan, settings, keeps=False)
                print("The demo keeps nothing; `hookscope 3000` receives deliveries for your own handler.")
                return code
            return _play_lines(plan, wants_colour(settings.environ, sys.stdout, sys.stderr))
        finally:
            stop_handler()


def build_plan(home: Path, handler_url: str) -> Plan:
    """The demo's session: nothing of it touches the user's own files."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HOOKSCOPE_")}
    environ |= {"HOOKSCOPE_HOME": str(home), "HOOKSCOPE_SECRET_NOTION": TOKEN}
    where = places(environ)
    keys = load_or_make(where.endpoints, "demo")
    return Plan(
        places=where,
        keys=keys,
        dialling=Dialling(relay="", key=keys.current, mode="handler"),
        handler=parse_handler(handler_url),
        forwarding=Forwarding(timeout_s=LIMIT_S),
        providers=load_providers(),
        embedded=lambda: embed(RelaySettings(port_fixed=False)),
        environ=environ,
        tells_what_is_open=False,
    )


class Tally:
    """Counts what came of the deliveries, for the demo's last lines."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.rules: list[str] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Attempted):
            self.outcomes[event.failure or str(event.status)] += 1
        elif isinstance(event, Diagnosed) and event.findings and event.findings[0].severity != "info":
            self.rules.append(event.findings[0].code)

    def render(self) -> list[str]:
        """The summary: outcomes with their counts, then the rules that spoke, in order."""
        outcomes = ", ".join(f"{outcome} × {count}" for outcome, count in sorted(self.outcomes.items()))
        rules = ", ".join(self.rules)
        return [
            f"{sum(self.outcomes.values())} deliveries: {outcomes}",
            f"{len(self.rules)} faults named above, by the rules {rules}; `hookscope rules RULE` explains one",
        ]


def tee(*listeners: Listener) -> Listener:
    """One listener that passes every event to each of several."""

    def listen(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return listen


def _play_lines(plan: Plan, colour: bool) -> int:
    print(f"{ABOUT}.\n", flush=True)
    tally = Tally()
    with printing(PlainFace(colour=colour)) as printer:
        code = asyncio.run(_play_script(plan, printer, tally))
    print("\n" + "\n".join(tally.render()))
    return code


async def _play_script(plan: Plan, printer: Printer, tally: Tally) -> int:
    loop = asyncio.get_running_loop()
    runners: list[Runner] = []

    def started(runner: Runner) -> None:
        runners.append(runner)
        stop_with(printer, runner)

    def ended() -> None:
        # Where the loop is closed the session has ended before its script.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(runners[0].stop)

    return await run_session(plan, tee(printer, tally, Play(ended)), started)


class _DemoEngine(SessionThread):
    """An engine whose session also has the demo's sender listening."""

    def start(self, listener: Listener) -> None:
        super().start(tee(listener, Play(_nothing)))
        listener(Noticed(at=time.time(), level="info", text=f"{ABOUT}; nothing of it is kept"))


def _nothing() -> None:
    """The screen stays until its user leaves it."""
