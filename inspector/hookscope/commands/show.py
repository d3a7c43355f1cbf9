"""`hookscope show`: one capture in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.settings import Option, Settings

if TYPE_CHECKING:
    from hookscope.model.capture import Attempt, Capture
    from hookscope.model.finding import Finding
    from hookscope.model.summary import Summary
    from hookscope.model.verdict import Verdict
    from hookscope_relay.delivery import Headers


def run(settings: Settings) -> int:
    """Print a capture: as a capture file with --json, as its raw body with --body, else for people."""
    from hookscope.commands.captures import open_captures
    from hookscope.console.exact import write_exact
    from hookscope.model.capture_file import dumps

    with open_captures(settings) as store:
        capture = store.find(settings.text("capture"))
        findings = store.findings(capture.delivery.id)
        verdict = store.verdict(capture.delivery.id)
        number = store.number_of(capture.delivery.id)
        summary = store.summary(number)
    if settings.flag("json"):
        print(dumps(capture, **told_beside(summary), findings=[finding.to_mapping() for finding in findings]), end="")
    elif settings.flag("body"):
        write_exact(capture.delivery.body)
    else:
        for line in render(number, capture, verdict, findings, summary.beside if summary else ""):
            print(line)
    return 0


def told_beside(summary: Summary | None) -> dict[str, object]:
    """What stands beside the outcome, as keys of the JSON."""
    named = (("live", summary.live), ("tried", summary.tried)) if summary else ()
    return {name: one.to_mapping() for name, one in named if one is not None}


def render(
    number: int, capture: Capture, verdict: Verdict | None, findings: tuple[Finding, ...], beside: str = ""
) -> Iterator[str]:
    """The lines that show a capture; every byte of a sender or handler in them is inert."""
    from hookscope.model.answerer import tell_answerer
    from hookscope.model.capture_file import render_time
    from hookscope.model.verdict_words import tell_reason
    from hookscope.text.safe import safe_text

    delivery = capture.delivery
    yield (
        f"#{number}  {delivery.id}  {render_time(delivery.received_at)}  from {safe_text(delivery.remote) or 'unknown'}"
    )
    if verdict is not None:
        yield (
            f"signature: {verdict.state}{f' ({reason})' if (reason := tell_reason(verdict)) else ''}"
            f" [{safe_text(verdict.provider)}]"
        )
    if beside:
        yield f"outcome: {safe_text(beside)}"
    yield ""
    yield f"{safe_text(delivery.method)} {safe_text(delivery.target) or '/'} HTTP/{safe_text(delivery.http_version)}"
    yield from render_message(delivery.headers, delivery.body)
    for attempt in capture.attempts:
        yield ""
        yield from _render_attempt(attempt)
    answered = capture.outcome is None or capture.outcome.failure is None
    for finding in findings:
        yield ""
        sure = "; proved" if finding.proved else ""
        yield f"{finding.severity}: {safe_text(finding.title)} [{finding.code}{sure}]"
        yield f"  {safe_text(tell_answerer(finding, answered))}"
        if finding.proved:
            yield f"  proved: {safe_text(finding.proved)}"
        for fact in finding.evidence:
            yield f"  {safe_text(fact.text)}"
        if finding.hint:
            yield f"  → {safe_text(finding.hint)}"


def _render_attempt(attempt: Attempt) -> Iterator[str]:
    from hookscope.text.safe import safe_text

    yield f"attempt {attempt.number} ({attempt.origin}) → {safe_text(attempt.handler_url)}  {attempt.elapsed_ms:.0f} ms"
    if attempt.answer is not None:
        yield f"HTTP {attempt.answer.status} {safe_text(attempt.answer.reason)}".rstrip()
        yield from render_message(attempt.answer.headers, attempt.answer.body)
    elif attempt.failure is not None:
        yield f"no answer: {attempt.failure.kind}: {safe_text(attempt.failure.detail)}"
    else:
        yield "outcome unknown: hookscope ended while it ran"


SHOWN_BYTES = 64 * 1024


def render_message(headers: Headers, body: bytes) -> Iterator[str]:
    """Headers, an empty line and the body: JSON indented, text as it is, anything else as a hex dump, up to 64 KiB."""
    from hookscope.payload.hexdump import hex_lines
    from hookscope.payload.json_text import pretty_json
    from hookscope.payload.kinds import classify, looks_like_text
    from hookscope.text.safe import safe_header, safe_text

    for name, value in headers:
        yield f"{safe_text(name)}: {safe_header(name, value)}"
    if not body:
        return
    yield ""
    shown = body[:SHOWN_BYTES]
    if classify(headers, body) == "json" and len(body) <= SHOWN_BYTES:
        yield safe_text(pretty_json(body), multiline=True)
    elif looks_like_text(shown):
        yield safe_text(shown.decode("utf-8", "replace"), multiline=True)
    else:
        yield from hex_lines(shown, 0, len(shown) // 16 + 1)
    if len(body) > SHOWN_BYTES:
        yield f"… {len(body) - SHOWN_BYTES} bytes more; --body writes all of them"


COMMAND = Command(
    name="show",
    summary="show one captured delivery in full",
    arguments=(options.CAPTURE,),
    options=(Option(name="body", kind="flag", help="write the body's exact bytes and nothing else"), options.JSON),
    run=run,
)
