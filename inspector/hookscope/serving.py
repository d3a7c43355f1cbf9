"""From the settings of `relay` to a running relay that ends in order."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path

from hookscope.listening import read_access_token, stop_on_signals
from hookscope.settings import Settings, parse_bytes
from hookscope_relay.app import Relay
from hookscope_relay.errors import InputError
from hookscope_relay.hosts import parse_networks, parse_public_url
from hookscope_relay.settings import Limits, RelaySettings

LOOPBACK_BINDS = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(settings: Settings) -> int:
    """Run a relay until SIGINT or SIGTERM; answers in flight are waited for, a second signal ends it at once."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    return asyncio.run(_serve(build_settings(settings), settings.flag("json")))


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
        trusted_proxies=parse_networks(settings.many("trusted-proxy")),
        tls_cert=Path(settings.text("tls-cert")) if settings.text("tls-cert") else None,
        tls_key=Path(settings.text("tls-key")) if settings.text("tls-key") else None,
        database=None if settings.flag("memory") else database,
        deadline_s=settings.number("deadline"),
        away="refuse" if settings.text("away") == "refuse" else "store",
        allow_browsers=settings.flag("allow-browsers") or bool(read_access_token(settings)),
        access_token=read_access_token(settings),
        limits=Limits(body_bytes=parse_bytes(str(settings["max-body"])), body_s=settings.number("body-time")),
    )


async def _serve(settings: RelaySettings, as_json: bool) -> int:
    relay = Relay(settings)
    await relay.start()
    stopping = asyncio.Event()
    stop_on_signals(stopping.set)
    _say(as_json, "listening", url=relay.origin, bind=relay.settings.bind, port=relay.settings.port)
    await stopping.wait()
    _say(as_json, "stopping")
    await relay.stop(patience_s=settings.deadline_s)
    _say(as_json, "stopped")
    return 0


def _say(as_json: bool, state: str, **facts: object) -> None:
    if as_json:
        line = json.dumps({"type": state, **facts})
    else:
        line = " ".join([f"hookscope relay {state}", *(f"{name}={value}" for name, value in facts.items())])
    print(line, flush=True)
