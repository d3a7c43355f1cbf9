"""`hookscope demo`: see it work in half a minute, with nothing set up."""

from __future__ import annotations

from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings


def run(settings: Settings) -> int:
    """Play the demo."""
    from hookscope.apps.demo.play import play

    return play(settings)


COMMAND = Command(
    name="demo",
    summary="see it work: a sample handler with real faults and signed deliveries",
    description=(
        "Runs a relay, a sample handler with real faults and a script of signed deliveries on this machine, in a"
        " temporary home."
    ),
    options=(Option(name="plain", kind="flag", help="print lines instead of opening the screen, and end by itself"),),
    run=run,
)
