"""The lines that show a capture, and its calls, to people: what `hookscope show` and `wait` print."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.api.acknowledge import late_answer
from hookscope.model.answerer import tell_answerer
from hookscope.model.call import Call
from hookscope.model.capture import Attempt, Capture
from hookscope.model.finding import Finding
from hookscope.model.stream_note import StreamNote, tell_broken, tell_spoken, tell_stream
from hookscope.model.verdict import Verdict
from hookscope.model.verdict_words import tell_reason
from hookscope.payload.hexdump import hex_lines
from hookscope.payload.json_text import pretty_json
from hookscope.payload.kinds import classify, looks_like_text
from hookscope.text.safe import safe_header, safe_text
from hookscope.text.timestamp import render_time
from hookscope.tools.redaction.mask import HIDDEN, mask, mask_evidence, masks
from hookscope_relay.delivery import Delivery, Headers, is_no_trailer

SHOWN_BYTES = 64 * 1024


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


def render_message(headers: Headers, body: bytes, *, masked: bool = False) -> Iterator[str]:
    """Headers, an empty line and the body: JSON indented, text as it is, anything else as a hex dump, up to 64 KiB."""
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
    for name, value in headers:
        yield f"{safe_text(name)}: {safe_header(name, mask(name, value) if masked else value)}"


def render_calls(number: int, calls: tuple[Call, ...], received_at: float) -> Iterator[str]:
    """The lines that show a delivery's calls, in the order they were made."""
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
