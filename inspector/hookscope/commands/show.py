"""`hookscope show`: one capture in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Command
from hookscope.config.option import Option
from hookscope.config.settings import Settings

if TYPE_CHECKING:
    from hookscope.model.call import Call
    from hookscope.model.capture import Attempt, Capture
    from hookscope.model.finding import Finding
    from hookscope.model.stream_note import StreamNote
    from hookscope.model.summary import Summary
    from hookscope.model.verdict import Verdict
    from hookscope_relay.delivery import Delivery, Headers


def run(settings: Settings) -> int:
    """Print a capture: as a capture file with --json, as its raw body with --body, else for people."""
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


def render_calls(number: int, calls: tuple[Call, ...], received_at: float) -> Iterator[str]:
    """The lines that show a delivery's calls, in the order they were made."""
    from hookscope.text.safe import safe_text

    if not calls:
        yield f"#{number} caused no call that passed hookscope: `hookscope listen --api notion` lets them pass"
    for call in calls:
        after = max(0.0, call.started_at - received_at)
        yield (
            f"call {call.number}  +{after:.3f} s  {safe_text(call.method)} "
            f"{safe_text(call.base)}{safe_text(call.target)}  {call.elapsed_ms:.0f} ms"
        )
        yield f"  delivery #{number}: {safe_text(call.tie.words)}"
        yield from _indented(*_render_findings(call.findings), "", *render_message(call.headers, call.body), "")
        if call.answer is not None:
            first = f"HTTP {call.answer.status} {safe_text(call.answer.reason)}".rstrip()
            yield from _indented(first, *render_message(call.answer.headers, call.answer.body))
        elif call.failure is not None:
            yield f"  no answer: {call.failure.kind}: {safe_text(call.failure.detail)}"
        yield ""


def _indented(*texts: str) -> Iterator[str]:
    return (f"  {line}".rstrip() for text in texts for line in text.split("\n"))


def told_beside(summary: Summary | None) -> dict[str, object]:
    """What stands beside the outcome, as keys of the JSON."""
    named = (("live", summary.live), ("tried", summary.tried)) if summary else ()
    return {name: one.to_mapping() for name, one in named if one is not None}


def render(
    number: int,
    capture: Capture,
    verdict: Verdict | None,
    findings: tuple[Finding, ...],
    beside: str = "",
    calls: tuple[Call, ...] = (),
    *,
    reveal: bool = False,
) -> Iterator[str]:
    """The lines that show a capture; every byte of a sender or handler in them is inert, and credentials in headers are
    hidden unless `reveal`."""
    from hookscope.api.acknowledge import late_answer
    from hookscope.model.verdict_words import tell_reason
    from hookscope.text.safe import safe_text
    from hookscope.text.timestamp import render_time
    from hookscope.tools.redaction.mask import HIDDEN, masks

    delivery = capture.delivery
    yield (
        f"#{number}  {safe_text(delivery.id)}  {render_time(delivery.received_at)}"
        f"  from {safe_text(delivery.remote) or 'unknown'}"
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
    yield from render_message(delivery.headers, delivery.body, masked=not reveal)
    yield from _render_ending(delivery, masked=not reveal)
    for attempt in capture.attempts:
        yield ""
        yield from _render_attempt(attempt, delivery.body, masked=not reveal)
    answered = capture.outcome is None or capture.outcome.failure is None
    yield from _render_findings(findings, answered, masked=not reveal, number=number)
    if (late := late_answer(capture.outcome, calls)) is not None:
        yield from _render_findings((late,))
    for call in calls:
        yield ""
        asked = f"{safe_text(call.api)} {safe_text(call.method)} {safe_text(call.path)}"
        yield f"▸ {asked} → {call.outcome} in {call.elapsed_ms:.0f} ms; {safe_text(call.tie.words)}"
        yield from (f"  {line}" for line in _render_findings(call.findings) if line)
    if calls:
        yield ""
        yield f"`hookscope show {number} --calls` shows these calls in full"
    shown = (
        delivery.headers,
        *(message.headers for one in capture.attempts for message in (one.request, one.answer) if message is not None),
    )
    if not reveal and any(map(masks, shown)):
        yield ""
        yield f"`hookscope show {number} --reveal` shows what stands behind {HIDDEN}"


def _render_ending(delivery: Delivery, *, masked: bool) -> Iterator[str]:
    """What came behind a delivery's body, and why that is not whole."""
    from hookscope.model.stream_note import tell_broken
    from hookscope_relay.delivery import is_no_trailer

    if delivery.trailers:
        kept_back = ", ".join(name for name, _ in delivery.trailers if is_no_trailer(name))
        yield ""
        yield "trailers:" + (f" (of which the handler does not get {kept_back})" if kept_back else "")
        yield from (f"  {line}" for line in _render_headers(delivery.trailers, masked))
    if delivery.broken:
        yield ""
        yield tell_broken(delivery.broken, len(delivery.body))


def _render_findings(
    findings: tuple[Finding, ...], answered: bool = True, *, masked: bool = False, number: int = 0
) -> Iterator[str]:
    from hookscope.model.answerer import tell_answerer
    from hookscope.text.safe import safe_text
    from hookscope.tools.redaction.mask import mask_evidence

    for finding in findings:
        yield ""
        sure = "; proved" if finding.proved else ""
        yield f"{finding.severity}: {safe_text(finding.title)} [{finding.code}{sure}]"
        yield f"  {safe_text(tell_answerer(finding, answered))}"
        if finding.proved:
            yield f"  proved: {safe_text(finding.proved)}"
        for fact in finding.evidence:
            yield f"  {safe_text(mask_evidence(fact) if masked else fact.text)}"
        if finding.hint:
            yield f"  → {safe_text(finding.hint_for(number))}"


def _render_attempt(attempt: Attempt, received: bytes, *, masked: bool) -> Iterator[str]:
    from hookscope.text.safe import safe_text

    way = f", {safe_text(attempt.way)}" if attempt.way else ""
    to = safe_text(attempt.handler_url)
    yield f"attempt {attempt.number} ({safe_text(attempt.origin)}{way}) → {to}  {attempt.elapsed_ms:.0f} ms"
    if (sent := attempt.request) is not None:
        yield f"it was sent something else: {safe_text(sent.method)} {safe_text(sent.target) or '/'}"
        for row in render_message(sent.headers, b"" if sent.body == received else sent.body, masked=masked):
            yield from (f"  {part}" for part in row.split("\n"))
    if attempt.answer is not None:
        yield f"HTTP {attempt.answer.status} {safe_text(attempt.answer.reason)}".rstrip()
        yield from render_message(attempt.answer.headers, attempt.answer.body, masked=masked)
    elif attempt.failure is not None:
        yield f"no answer: {attempt.failure.kind}: {safe_text(attempt.failure.detail)}"
    else:
        yield "outcome unknown: hookscope ended while it ran"
    if attempt.stream is not None:
        kept = len(attempt.answer.body) if attempt.answer is not None else 0
        yield from _render_stream(attempt.stream, kept, masked=masked)


def _render_stream(note: StreamNote, kept: int, *, masked: bool) -> Iterator[str]:
    """What an answer had beside its head and body, and what was said over a WebSocket."""
    from hookscope.model.stream_note import tell_spoken, tell_stream
    from hookscope.payload.kinds import looks_like_text
    from hookscope.text.safe import safe_text

    yield ""
    yield from tell_stream(note, kept)
    for interim in note.interims:
        yield f"before it: HTTP {interim.status} {safe_text(interim.reason)}".rstrip()
        yield from (f"  {line}" for line in _render_headers(interim.headers, masked))
    if note.trailers:
        yield "trailers:"
        yield from (f"  {line}" for line in _render_headers(note.trailers, masked))
    if note.spoken:
        yield "conversation (→ from the sender, ← from the handler):"
    for one in note.spoken:
        yield f"  {tell_spoken(one)}"
        if one.shown:
            text = one.shown.decode("utf-8", "replace") if looks_like_text(one.shown) else one.shown.hex(" ")
            yield f"    {safe_text(text)}"
    if note.unheard:
        yield f"  … {note.unheard:,} messages more, which are not kept"


SHOWN_BYTES = 64 * 1024


def render_message(headers: Headers, body: bytes, *, masked: bool = False) -> Iterator[str]:
    """Headers, an empty line and the body: JSON indented, text as it is, anything else as a hex dump, up to 64 KiB."""
    from hookscope.payload.hexdump import hex_lines
    from hookscope.payload.json_text import pretty_json
    from hookscope.payload.kinds import classify, looks_like_text
    from hookscope.text.safe import safe_text

    yield from _render_headers(headers, masked)
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


def _render_headers(headers: Headers, masked: bool) -> Iterator[str]:
    from hookscope.text.safe import safe_header, safe_text
    from hookscope.tools.redaction.mask import mask

    for name, value in headers:
        yield f"{safe_text(name)}: {safe_header(name, mask(name, value) if masked else value)}"


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
