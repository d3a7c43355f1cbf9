"""From the settings of `listen` to a running session behind a face: the screen, plain lines, or NDJSON."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hookscope.apps.attach import MakeRunner, arrange, hold
from hookscope.apps.label import own_label
from hookscope.apps.outward import build_outward
from hookscope.apps.relay_access import check_origin, check_relay, token_for_relay
from hookscope.apps.routes import pace_of, routes_of, transform_of
from hookscope.apps.welcome import at_home, farewell, welcome
from hookscope.attempts.route import parse_respond
from hookscope.config.authorities import trusting
from hookscope.config.endpoint_keys import load_or_make
from hookscope.config.settings import Settings, parse_parameters
from hookscope.console.colour import wants_colour
from hookscope.console.ndjson import NdjsonFace
from hookscope.console.plain import PlainFace
from hookscope.console.printer import Printer, printing
from hookscope.model.events import Listener
from hookscope.model.handler import parse_handler
from hookscope.model.senders import parse_senders
from hookscope.providers.registry import all_providers
from hookscope.public.program import Program, find_program
from hookscope.public.run import PublicAddress
from hookscope.session.course import Forwarding
from hookscope.session.plan import EmbeddedRelay, Notice, Plan
from hookscope.session.run import AnyRunner, Runner, run_session
from hookscope.text.safe import safe_text
from hookscope.tunnel.client import Dialling
from hookscope_relay import event_loop
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.event_loop import settle_memory
from hookscope_relay.hosts import parse_networks
from hookscope_relay.memory import give_back_large_blocks
from hookscope_relay.settings import DEFAULT_PORT, RelaySettings

if TYPE_CHECKING:
    from hookscope.alerts.alert import Alert
    from hookscope.apps.until import Until
    from hookscope.session.thread import SessionThread

SECOND_INTERRUPT = 130
# A flood makes some thousand objects a moment; nearly all of them go by themselves.
YOUNG = 20_000
_LOOPBACK = ("127.0.0.0/8", "::1")


def listen(settings: Settings) -> int:
    """Run a `listen` session as the settings say, with the face that the terminal and the options call for."""
    give_back_large_blocks()
    with contextlib.ExitStack() as stack:
        other = hold(settings, stack)
        until = _until(settings)
        plan, make = arrange(build_plan(settings), settings, other)
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


def build_plan(settings: Settings) -> Plan:
    """The session that the settings describe; raises for what cannot be."""
    _check_ranges(settings)
    pace = pace_of(settings)
    routes = routes_of(settings, pace)
    named = settings.text("handler") or settings.text("to")
    handler = parse_handler(named) if named else None
    keys = load_or_make(settings.places.endpoints, settings.text("endpoint"))
    relay = check_relay(settings)
    token, withheld = token_for_relay(settings)
    if withheld:
        print(f"hookscope: {safe_text(withheld)}", file=sys.stderr)
    public = _public_program(settings)
    providers = all_providers(settings.user, settings.project)
    if (pinned := settings.text("provider")) and providers.get(pinned) is None:
        raise InputError(f"--provider: there is no provider {pinned!r}", "see `hookscope providers`")
    mode: Literal["handler", "capture", "watch"] = (
        "watch" if settings.flag("watch") else "handler" if handler or routes else "capture"
    )
    if mode == "watch" and settings.flag("take-over"):
        raise InputError(
            "--watch leaves answering to others, and --take-over takes it from them", "leave one of them out"
        )
    if settings.flag("share") and handler is None and not routes:
        raise InputError(
            "--share needs a handler to give copies to", "name one, such as `hookscope listen 3000 --share`"
        )
    dialling = Dialling(
        relay=relay,
        key=keys.current,
        mode=mode,
        away=settings.text("away"),
        away_status=settings.whole("away-status") if settings.given("away-status") else None,
        only_new=settings.flag("new"),
        label=own_label(settings),
        take_over=settings.flag("take-over"),
        access_token=token,
        exit_on_disconnect=settings.flag("exit-on-disconnect"),
        verify=relay_tls(settings),
    )
    return Plan(
        places=settings.places,
        keys=keys,
        dialling=dialling,
        handler=handler,
        forwarding=_forwarding(settings),
        providers=providers,
        embedded=None if relay else partial(embed, _embedded_settings(settings), public),
        insecure=settings.flag("insecure"),
        allow_remote=settings.flag("allow-remote"),
        pinned_provider=pinned,
        silenced=_silenced(settings),
        params=parse_parameters(settings.many("param")),
        forward_backlog=settings.flag("forward-backlog"),
        max_backlog=settings.whole("max-backlog"),
        expect_every_s=settings.number("expect-every") if settings.given("expect-every") else None,
        environ=dict(settings.environ),
        dotenv=Path(settings.text("dotenv")) if settings.text("dotenv") else None,
        outward=build_outward(settings, providers),
        routes=routes,
        pace=pace,
        transform=transform_of(settings),
        alerts=_alerts(settings),
    )


# What a whole number or a duration of `listen` may be, and how to give it.
RANGES = (
    ("port", 0, 65535, "give a port from 1 to 65535, or 0 for a free one"),
    ("web-port", 0, 65535, "give a port from 1 to 65535, or 0 for a free one"),
    ("api-port", 0, 65535, "give a port from 1 to 65535, or 0 for a free one"),
    ("answer", 200, 599, "give a status from 200 to 599, such as 202"),
    ("away-status", 200, 299, "give a 2xx status, such as 202"),
    ("max-backlog", 0, None, "give how many deliveries may be forwarded at once"),
    ("deadline", 0.1, 3600, "give how long senders wait, such as 25s"),
    ("timeout", 0.001, None, "give how long a forward may take, such as 10s"),
    ("expect-every", 0.001, None, "give an interval, such as 10m"),
)


def _check_ranges(settings: Settings) -> None:
    for name, least, most, remedy in RANGES:
        value = settings.number(name) if settings.given(name) else least
        if value < least or (most is not None and value > most):
            raise InputError(f"--{name} {value:g} makes no sense", remedy)


def reason_of(error: Exception) -> str:
    """Why a file cannot be read, without the numbers of the system."""
    return getattr(error, "strerror", None) or str(error)


async def embed(settings: RelaySettings, program: Program | None = None) -> EmbeddedRelay:
    """Start a relay in this process, and a public address in front of it where a program for that is given."""
    from hookscope_relay.app import Relay

    given = settings.public_url
    trusted = _LOOPBACK if program and program.speaks_http else settings.trusted_proxies
    # It is dialled here, whatever stands in front of it.
    relay = Relay(replace(settings, public_url="", trusted_proxies=trusted))
    await relay.start()
    moved = settings.port not in {relay.settings.port, 0}
    notice = f"port {settings.port} is in use; the embedded relay listens on {relay.settings.port}" if moved else ""
    if program is None:
        if given:
            relay.announce(given)
        return EmbeddedRelay(relay.origin, relay.stop, notice)
    address = PublicAddress(program, relay.settings.port)
    try:
        relay.announce(given or await address.open())
    except HookscopeError:
        await relay.stop()
        raise

    async def stop() -> None:
        await address.close()
        await relay.stop()

    async def supervise(tell: Notice) -> None:
        def moved(url: str) -> None:
            relay.announce(given or url)
            tell(
                "warning",
                f"{program.name} has another address now: register {given or url} anew where senders know the old one",
            )

        await address.supervise(moved, partial(tell, "warning"))

    return EmbeddedRelay(relay.origin, stop, notice, supervise)


def _public_program(settings: Settings) -> Program | None:
    wanted = settings.text("public")
    if wanted and settings.text("relay"):
        raise InputError("--public is for the embedded relay, and --relay names another", "leave one of them out")
    return find_program(wanted, shutil.which) if wanted else None


def _embedded_settings(settings: Settings) -> RelaySettings:
    given = settings.given("port")
    name = settings.text("endpoint")
    return RelaySettings(
        port=settings.whole("port") if given else DEFAULT_PORT,
        port_fixed=given,
        public_url=check_origin(settings, "public-url"),
        allowed_hosts=settings.many("allow-host"),
        trusted_proxies=parse_networks(settings.many("trusted-proxy")),
        database=settings.places.state / f"relay-{name}.db",
        deadline_s=settings.number("deadline"),
        allow_browsers=True,
    )


def _alerts(settings: Settings) -> tuple[Alert, ...]:
    if not any("alert" in file for file in (settings.user, settings.project)):
        return ()  # what reads them is loaded for those who have some
    from hookscope.apps.alerts import read_alerts

    return read_alerts(settings, "filter")


def _silenced(settings: Settings) -> tuple[str, ...]:
    if not any("diagnosis" in file for file in (settings.user, settings.project)):
        return ()  # what the rules are takes long to load
    from hookscope.diagnosis.silence import check_codes, silenced

    codes = silenced(settings.user, settings.project)
    check_codes(codes)
    return tuple(codes)


def _forwarding(settings: Settings) -> Forwarding:
    return Forwarding(
        timeout_s=settings.number("timeout") if settings.given("timeout") else None,
        answer_at_once=settings.whole("answer") if settings.given("answer") else None,
        respond=parse_respond(settings.text("respond")),
        only_path=settings.text("only-path"),
        only_from=parse_senders(settings.many("only-from")),
        preserve_host=settings.flag("preserve-host"),
        forwarded=settings.flag("forwarded"),
        watch=settings.flag("watch"),
        share=settings.flag("share"),
        keep_handshake_secrets=settings.flag("yes"),
        websocket=settings.flag("websocket"),
    )


def relay_tls(settings: Settings) -> ssl.SSLContext | None:
    """What TLS to the relay needs: the certificates that --relay-ca names, else those that this machine trusts; None
    where no relay is given. `InputError` for a file that cannot be read."""
    name = settings.text("relay-ca")
    if not name:
        return trusting(settings.environ) if settings.text("relay") else None
    try:
        return ssl.create_default_context(cafile=name)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"the certificate authority {name} cannot be read ({reason_of(error)})", "give a PEM file"
        ) from None


def _until(settings: Settings) -> Until | None:
    """What `--until` says; what reads it is loaded for it only."""
    if not settings.text("until"):
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
    printer.broke = partial(_call_soon, asyncio.get_running_loop(), runner.stop)


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGINT or SIGTERM; a second one ends the process at once. Needs a running loop."""
    loop = asyncio.get_running_loop()
    asked: list[int] = []

    def on_signal() -> None:
        asked.append(1)
        if len(asked) > 1:
            os._exit(SECOND_INTERRUPT)
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, on_signal)
        except NotImplementedError:
            # Windows' loops know no signal handlers; the process-wide ones are called on the main thread.
            signal.signal(number, lambda *_: _call_soon(loop, on_signal))


def _call_soon(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    # Where the loop is closed the session has ended.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)
