"""`hookscope report`: one capture as redacted Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands.command import Argument, Command
from hookscope.settings import Settings

if TYPE_CHECKING:
    from hookscope_relay.delivery import Delivery

NO_HANDLER = "http://127.0.0.1:3000"


def run(settings: Settings) -> int:
    """Print the report."""
    import sys

    from hookscope.captured import open_captures
    from hookscope.fixtures.redacting import report_redactor
    from hookscope.providers.registry import all_providers
    from hookscope.reporting import Report, render_report

    redactor = report_redactor(settings, all_providers(settings.user, settings.project))
    with open_captures(settings) as store:
        capture = store.find(settings.text("capture"))
        name = capture.delivery.id
        findings, verdict, settled = store.findings(name), store.verdict(name), store.settlement(name)
        recognition, number = store.recognition(name), store.number_of(name)
    redacted = redactor.redact(capture)
    attempts = redacted.capture.attempts
    curl, missing = _curl(redacted.capture.delivery, attempts[-1].handler_url if attempts else "")
    report = Report(
        capture=redacted.capture,
        words=lambda text: redactor.words(text, redacted.values),
        number=number,
        recognition=recognition,
        verdict=verdict,
        findings=findings,
        settled=settled,
        curl=curl,
        curl_missing=missing,
        unreadable=redacted.unreadable,
    )
    sys.stdout.buffer.write(render_report(report).encode("utf-8", "replace"))
    return 0


def _curl(delivery: Delivery, handler_url: str) -> tuple[str, str]:
    """The command line, or why there is none."""
    from hookscope.export import curl
    from hookscope_relay.errors import InputError

    try:
        return curl.render(delivery, handler_url or NO_HANDLER + (delivery.target or "/")), ""
    except InputError as error:
        return "", error.what


COMMAND = Command(
    name="report",
    summary="write a redacted report on one delivery, in Markdown",
    description=(
        "Writes Markdown for a ticket: what was sent, who answered, the findings with evidence, the timeline and a curl line."
        " Secrets appear as their first and last four characters."
    ),
    arguments=(Argument(name="capture", help="a number, the beginning of an id, or last"),),
    run=run,
)
