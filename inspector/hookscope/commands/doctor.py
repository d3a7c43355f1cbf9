"""`hookscope doctor`: what stands in the way of a delivery, from this machine to the relay and to the handler."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings


def run(settings: Settings) -> int:
    """Check configuration, places, key, relay, clock and handler; 1 where something is wrong."""
    from hookscope.apps.doctor import examine

    return examine(settings)


COMMAND = Command(
    name="doctor",
    summary="check the relay, the clock, the handler and the configuration",
    description=(
        "Checks what a delivery needs. With --send a probe is posted to the public URL, and you are told how far it"
        " came."
    ),
    arguments=(Argument(name="handler", help="the handler to check, as for listen", count="optional"),),
    options=(
        options.RELAY,
        options.ENDPOINT,
        Option(name="send", kind="flag", help="post a probe to the endpoint's public URL and say how far it came"),
        options.INSECURE,
        options.ALLOW_REMOTE,
        options.ALLOW_PLAIN_RELAY,
        options.ACCESS_TOKEN_FILE,
        options.RELAY_CA,
        options.JSON,
    ),
    run=run,
)
