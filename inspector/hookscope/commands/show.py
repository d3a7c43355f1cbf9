"""`hookscope show`: one capture in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.capture import Capture
    from hookscope.model.finding import Finding
    from hookscope.model.summary import Summary


def run(settings: Settings) -> int:
    """Print a capture: as a capture file with --json, as its raw body with --body, else for people."""
    from hookscope.commands.capture_lines import render
    from hookscope.commands.captures import open_captures
    from hookscope.console.exact import write_exact
    from hookscope.model.capture_file import pieces

    if settings.flag("calls"):
        return show_calls(settings)
    with open_captures(settings) as store:
        capture = store.find(settings.text("capture"))
        findings = store.findings(capture.delivery.id)
        verdict = store.verdict(capture.delivery.id)
        number = store.number_of(capture.delivery.id)
        summary = store.summary(number)
        calls = store.calls(capture.delivery.id)
    if settings.flag("redacted"):
        capture, findings = redacted(settings, capture, findings)
    if settings.flag("json"):
        found = [finding.to_mapping(number) for finding in findings]
        made = {"calls": [call.facts() for call in calls]} if calls else {}
        for piece in pieces(capture, **told_beside(summary), findings=found, **made):
            print(piece, end="")
    elif settings.flag("body"):
        write_exact(capture.delivery.body)
    else:
        beside = summary.beside if summary else ""
        for line in render(number, capture, verdict, findings, beside, calls, reveal=settings.flag("reveal")):
            print(line)
    return 0


def redacted(
    settings: Settings, capture: Capture, findings: tuple[Finding, ...]
) -> tuple[Capture, tuple[Finding, ...]]:
    """A capture and what is found of it without the secrets in them, as a report has them."""
    from dataclasses import replace

    from hookscope.providers.registry import all_providers
    from hookscope.tools.save.redact import report_redactor

    redactor = report_redactor(settings, all_providers(settings.user, settings.project))
    without = redactor.redact(capture)

    def words(finding: Finding) -> Finding:
        evidence = tuple(replace(one, text=redactor.words(one.text, without.values)) for one in finding.evidence)
        title, hint = (redactor.words(text, without.values) for text in (finding.title, finding.hint))
        return replace(finding, title=title, hint=hint, evidence=evidence)

    return without.capture, tuple(map(words, findings))


def show_calls(settings: Settings) -> int:
    """Print the calls that the handler made because of a capture: a JSON object a line with --json, else for people."""
    import json

    from hookscope.commands.capture_lines import render_calls
    from hookscope.commands.captures import open_captures

    with open_captures(settings) as store:
        capture = store.find(settings.text("capture"))
        calls = store.calls(capture.delivery.id)
        number = store.number_of(capture.delivery.id)
    if settings.flag("json"):
        for call in calls:
            print(json.dumps(call.facts()))
    else:
        for line in render_calls(number, calls, capture.delivery.received_at):
            print(line)
    return 0


def told_beside(summary: Summary | None) -> dict[str, object]:
    """What stands beside the outcome, as keys of the JSON."""
    named = (("live", summary.live), ("tried", summary.tried)) if summary else ()
    return {name: one.to_mapping() for name, one in named if one is not None}


COMMAND = Command(
    name="show",
    summary="show one captured delivery in full",
    arguments=(options.CAPTURE,),
    options=(
        Option(name="body", kind="flag", help="write the body's exact bytes and nothing else"),
        Option(name="calls", kind="flag", help="show the calls that the handler made to APIs because of it, in full"),
        Option(name="redacted", kind="flag", help="without the secrets in it, as a report has it"),
        Option(name="reveal", kind="flag", help="credentials and cookies in full, which are hidden else"),
        options.JSON,
    ),
    run=run,
)
