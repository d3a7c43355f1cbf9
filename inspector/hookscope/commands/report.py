"""`hookscope report`: one capture as redacted Markdown."""

from __future__ import annotations

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.settings import Settings


def run(settings: Settings) -> int:
    """Print the report."""
    from hookscope.commands.captures import open_captures
    from hookscope.console.exact import write_exact
    from hookscope.tools.report.run import report_on

    with open_captures(settings) as store:
        told = report_on(store, settings.text("capture"), settings)
    write_exact(told.encode("utf-8", "replace"))
    return 0


COMMAND = Command(
    name="report",
    summary="write a redacted report on one delivery, in Markdown",
    description=(
        "Writes Markdown for a ticket: what was sent, who answered, the findings with evidence, the timeline and a curl"
        " line. Secrets appear as their first and last four characters."
    ),
    arguments=(options.CAPTURE,),
    run=run,
)
