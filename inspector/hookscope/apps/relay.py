"""From the settings of `relay` to a running relay that ends in order."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from hookscope.apps.relay_access import read_access_token
from hookscope.apps.relay_limits import read_limits, read_rates, read_retention
from hookscope.apps.signals import stop_on_signals
from hookscope.config.settings import Settings
from hookscope_relay.app import Relay
from hookscope_relay.errors import InputError
from hookscope_relay.event_loop import run, settle_memory
from hookscope_relay.hosts import parse_networks, parse_public_url
from hookscope_relay.log_lines import DELIVERIES, JsonLines, TextLines, write_aside
from hookscope_relay.memory import give_back_large_blocks
from hookscope_relay.settings import NatsSettings, RelaySettings
from hookscope_relay.storage import need_nats

WatchRelay: TypeAlias = Callable[[Relay], Coroutine[Any, Any, None]]

LOOPBACK_BINDS = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(settings: Settings) -> int:
    """Run a relay until SIGINT or SIGTERM; answers in flight are waited for, a second signal ends it at once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.flag("json") else TextLines())
    if not settings.flag("log-deliveries"):
        DELIVERIES.setLevel(logging.WARNING)
    give_back_large_blocks()
    watch = _watch(settings)
    with write_aside(handler) as queue:
        logging.basicConfig(level=logging.INFO, handlers=[queue])
        return run(_serve(build_settings(settings), settings.flag("json"), watch))


def _watch(settings: Settings) -> WatchRelay:
    """What looks after the alerts of the operator's own file; what reads them is loaded where there are some."""
    if "alert" not in settings.user:
        return _watch_nothing
    from hookscope.apps.alerts import read_alerts
    from hookscope.apps.relay_alerts import check_metrics, watch_relay

    alerts = read_alerts(settings, "metric")
    check_metrics(alerts)
    return partial(watch_relay, alerts, settings.environ)


async def _watch_nothing(relay: Relay) -> None:
    """There are no alerts."""


def build_settings(settings: Settings) -> RelaySettings:
    """The relay that the settings describe; `InputError` for what cannot be."""
    bind = settings.text("bind")
    public_url = parse_public_url(settings.text("public-url")) if settings.text("public-url") else ""
    if bind not in LOOPBACK_BINDS and not public_url:
        raise InputError(
            f"a relay on {bind} needs to know its own address", "give --public-url https://relay.example.org"
        )
    if settings.text("tls-key") and not settings.text("tls-cert"):
        raise InputError("--tls-key was given without --tls-cert", "give both")
    default = settings.places.state / "relay.db"
    database = Path(settings.text("database")) if settings.text("database") else default
    return RelaySettings(
        bind=bind,
        port=settings.whole("port"),
        public_url=public_url,
        subdomains=settings.flag("subdomains"),
        trusted_proxies=parse_networks(settings.many("trusted-proxy")),
        tls_cert=Path(settings.text("tls-cert")) if settings.text("tls-cert") else None,
        tls_key=Path(settings.text("tls-key")) if settings.text("tls-key") else None,
        database=None if settings.flag("memory") or settings.text("store") else database,
        nats=nats_settings(settings),
        deadline_s=settings.number("deadline"),
        away="refuse" if settings.text("away") == "refuse" else "store",
        allow_browsers=settings.flag("allow-browsers") or bool(read_access_token(settings)),
        access_token=read_access_token(settings),
        metrics_bind=_parse_bind(settings.text("metrics-bind")),
        limits=read_limits(settings),
        rates=read_rates(settings),
        retention=read_retention(settings),
    )


def nats_settings(settings: Settings) -> NatsSettings | None:
    """The NATS servers that keep the log; None where a file does."""
    if not settings.text("store"):
        return None
    for other in ("memory", "database"):
        if settings[other] and settings.values.get("action") != "migrate":
            raise InputError(f"--{other} and --store name two places for the log", "leave one off")
    need_nats()
    from hookscope_relay.log.nats.connect import parse_servers, shown

    servers = parse_servers(settings.text("store"))
    if settings.sources.get("store") == "flag" and any(shown(server) != server for server in servers):
        raise InputError(
            "a password in --store can be read by every user of this machine",
            "give --nats-creds FILE, or the URL as HOOKSCOPE_STORE",
        )
    if settings.text("nats-key") and not settings.text("nats-cert"):
        raise InputError("--nats-key was given without --nats-cert", "give both")
    if not 1 <= settings.whole("nats-replicas") <= 5:
        raise InputError("--nats-replicas is a number from 1 to 5", "give 3, or 1 for a single server")
    return NatsSettings(
        servers=servers,
        journal=Path(settings.text("journal") or settings.places.state / "relay-journal.db"),
        credentials=_file(settings, "nats-creds"),
        ca=_file(settings, "nats-ca"),
        cert=_file(settings, "nats-cert"),
        key=_file(settings, "nats-key"),
        replicas=settings.whole("nats-replicas"),
        monitors=settings.many("nats-monitor"),
        accept_lazy_sync=settings.flag("accept-lazy-sync"),
    )


def _file(settings: Settings, name: str) -> Path | None:
    return Path(settings.text(name)) if settings.text(name) else None


def _parse_bind(text: str) -> tuple[str, int] | None:
    """The address and port of `ADDRESS:PORT`, an IPv6 address in brackets; None for an empty text."""
    if not text:
        return None
    address, _, port = text.rpartition(":")
    if not address or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise InputError(f"--metrics-bind {text} is not an address and a port", "give it as 127.0.0.1:9420")
    return address.strip("[]"), int(port)


async def _serve(settings: RelaySettings, as_json: bool, watch: WatchRelay) -> int:
    relay = Relay(settings)
    await relay.start()
    settle_memory()
    watching = asyncio.create_task(watch(relay))
    stopping = asyncio.Event()
    stop_on_signals(stopping.set)
    _say(as_json, "listening", url=relay.url, bind=relay.settings.bind, port=relay.settings.port)
    await stopping.wait()
    _say(as_json, "stopping")
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await relay.stop(patience_s=settings.deadline_s)
    _say(as_json, "stopped")
    return 0


def _say(as_json: bool, state: str, **facts: object) -> None:
    if as_json:
        line = json.dumps({"type": state, **facts})
    else:
        line = " ".join([f"hookscope relay {state}", *(f"{name}={value}" for name, value in facts.items())])
    print(line, flush=True)
