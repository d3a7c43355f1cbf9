"""`hookscope mcp`: a Model Context Protocol server for agents, on standard input and output."""

from __future__ import annotations

from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings


def run(settings: Settings) -> int:
    """Serve until the client leaves."""
    import importlib.util

    from hookscope_relay.errors import InputError

    if importlib.util.find_spec("mcp") is None:
        raise InputError(
            "the package of the Model Context Protocol is not installed", "run: pip install 'hookscope[mcp]'"
        )
    from hookscope.apps.mcp.server import serve
    from hookscope.commands.perform import perform

    serve(lambda line: perform(line, lambda note: None), settings.flag("allow-replay"))
    return 0


COMMAND = Command(
    name="mcp",
    summary="let an agent look at deliveries and say why they fail (Model Context Protocol)",
    description=(
        "Serves the Model Context Protocol on standard input and output: list, show, diagnose, verify, probe, replay,"
        " check, save and wait. It is read-only unless --allow-replay is given; what senders wrote is marked as"
        " untrusted. Needs the extra: pip install 'hookscope[mcp]'."
    ),
    options=(
        Option(
            name="allow-replay",
            kind="flag",
            help="let the agent send deliveries to handlers on this machine, and save fixtures",
            widens_trust=True,
        ),
    ),
    run=run,
)
