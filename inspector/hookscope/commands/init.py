"""`hookscope init`: writes a project's `hookscope.toml`."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings


def run(settings: Settings) -> int:
    """Look at the project, ask where somebody can be asked, and write."""
    from hookscope.apps.init.run import init

    return init(settings)


COMMAND = Command(
    name="init",
    summary="look at a project, ask a few questions, and write its hookscope.toml",
    description=(
        "Finds Django, FastAPI, Flask, Next, Express, Rails, Laravel or Spring and their port in the project's files,"
        " asks for the rest (without a terminal, or with --yes, nothing is asked), shows what it writes, and never"
        " replaces a file without asking."
    ),
    options=(
        Option(name="handler", help="the handler: 3000, host:port, 3000/path or a URL", metavar="HANDLER"),
        options.ROUTE,
        options.ONLY_PATH,
        Option(name="provider", help="who sends; may be repeated", repeat=True, metavar="NAME"),
        Option(name="dotenv", help="a .env file of the project with signing secrets", metavar="FILE"),
        Option(name="redact", help="a field to replace in fixtures; may be repeated", repeat=True, metavar="FIELD"),
        Option(name="fixtures", help="the folder that fixtures go to", metavar="DIR"),
        Option(name="yes", kind="flag", help="ask nothing", short="y"),
        Option(name="plan", kind="flag", help="show what would be written, and write nothing"),
        options.FORCE,
    ),
    run=run,
)
