"""The relay in the process of a session, and the public address in front of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from hookscope.apps.relay_access import check_origin
from hookscope.config.executable import find_executable
from hookscope.config.settings import Settings
from hookscope.public.program import Program, find_program
from hookscope.public.run import PublicAddress
from hookscope.session.plan import EmbeddedRelay, Notice
from hookscope_relay.errors import HookscopeError, InputError
from hookscope_relay.hosts import parse_networks
from hookscope_relay.settings import DEFAULT_PORT, RelaySettings

_LOOPBACK = ("127.0.0.0/8", "::1")


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


def public_program(settings: Settings) -> Program | None:
    """The program that gives the embedded relay its public address; None where none is wanted."""
    wanted = settings.text("public")
    if wanted and settings.text("relay"):
        raise InputError("--public is for the embedded relay, and --relay names another", "leave one of them out")
    return find_program(wanted, find_executable) if wanted else None


def embedded_settings(settings: Settings) -> RelaySettings:
    """What the embedded relay is started with."""
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
