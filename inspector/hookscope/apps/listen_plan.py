"""From the settings of `listen` to the plan of its session."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hookscope.apps.label import own_label
from hookscope.apps.local_relay import embed, embedded_settings, public_program
from hookscope.apps.outward import build_outward
from hookscope.apps.relay_access import check_relay, relay_tls, token_for_relay
from hookscope.apps.routes import dressed_routes, pace_of, routes_of, transform_of
from hookscope.attempts.route import parse_respond
from hookscope.config.endpoint_keys import load_or_make
from hookscope.config.settings import Settings, parse_parameters
from hookscope.model.handler import Handler, parse_handler
from hookscope.model.pace import Pace
from hookscope.model.senders import parse_senders
from hookscope.providers.registry import all_providers
from hookscope.session.plan import Plan
from hookscope.session.terms import Forwarding
from hookscope.text.safe import safe_text
from hookscope.tools.routes.choose import why_all_whole
from hookscope.tools.routes.parse import paced
from hookscope.tools.routes.rule import RouteRule
from hookscope.tunnel.client import Dialling
from hookscope_relay.errors import InputError

if TYPE_CHECKING:
    from hookscope.alerts.alert import Alert


def build_plan(settings: Settings) -> Plan:
    """The session that the settings describe; raises for what cannot be."""
    _check_ranges(settings)
    pace = pace_of(settings)
    named = settings.text("handler") or settings.text("to")
    routes, handler = routes_of(settings), parse_handler(named) if named else None
    routes, handler = dressed_routes(settings, routes, handler)
    routes = paced(routes, pace) if pace else routes
    keys = load_or_make(settings.places.endpoints, settings.text("endpoint"))
    relay = check_relay(settings)
    token, withheld = token_for_relay(settings)
    if withheld:
        print(f"hookscope: {safe_text(withheld)}", file=sys.stderr)
    public = public_program(settings)
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
        stream_requests=settings.flag("stream-requests") and _can_stream(settings, handler, routes, pace),
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
        embedded=None if relay else partial(embed, embedded_settings(settings), public),
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


def _can_stream(settings: Settings, handler: Handler | None, routes: Sequence[RouteRule], pace: Pace) -> bool:
    """Whether requests can be handed over while they arrive; `InputError` beside what needs them whole."""
    whole = {
        "--transform needs them whole: it may change every byte": settings.text("transform"),
        "--rate, --concurrency and --retry need them whole: what waits for its turn is kept first": pace,
        "--answer needs them whole: it answers before anything is handed over": settings.given("answer"),
    }
    reasons = [why for why, given in whole.items() if given]
    if routes and not reasons:
        reasons = list(why_all_whole(routes, handler is not None))
    if reasons:
        raise InputError(
            f"--stream-requests hands requests over while they arrive, but {'; '.join(reasons)}",
            "leave one of them out" + (", or choose by path:, method:, header: or provider:" if routes else ""),
        )
    return handler is not None or bool(routes)


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
