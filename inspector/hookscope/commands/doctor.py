"""`hookscope doctor`: what stands in the way of a delivery, from this machine to the relay and to the handler."""

from __future__ import annotations

from hookscope.commands.command import JSON_OPTION, Argument, Command
from hookscope.commands.listen import ACCESS_TOKEN_FILE, ALLOW_PLAIN_RELAY, ENDPOINT, KNOWN_RELAY, RELAY_CA
from hookscope.config.settings import Option, Settings


def run(settings: Settings) -> int:
    """Check configuration, places, key, relay, clock and handler; 1 where something is wrong."""
    from hookscope.apps.doctor import examine

    return examine(settings)


COMMAND = Command(
    name="doctor",
    summary="check the relay, the clock, the handler and the configuration",
    description="Checks what a delivery needs. With --send a probe is posted to the public URL, and you are told how far it came.",
    arguments=(Argument(name="handler", help="the handler to check, as for listen", count="optional"),),
    options=(
        KNOWN_RELAY,
        ENDPOINT,
        Option(name="send", kind="flag", help="post a probe to the endpoint's public URL and say how far it came"),
        Option(name="insecure", kind="flag", help="accept a handler's self-signed certificate", widens_trust=True),
        Option(name="allow-remote", kind="flag", help="check a handler on another machine", widens_trust=True),
        ALLOW_PLAIN_RELAY,
        ACCESS_TOKEN_FILE,
        RELAY_CA,
        JSON_OPTION,
    ),
    run=run,
)
