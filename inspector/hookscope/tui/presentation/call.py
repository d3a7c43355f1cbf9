"""One call of the handler to an API, opened: the same tabs as a delivery has, for what was asked and answered."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.model.call import SURE, Call
from hookscope.model.finding import Finding
from hookscope.tui.canvas.document import Document, Prose, prose
from hookscope.tui.canvas.line import Line, crop_middle, fit, line, said, said_ends
from hookscope.tui.presentation.body import body_blocks
from hookscope.tui.presentation.raw import message_blocks
from hookscope.tui.presentation.request_answer import header_lines
from hookscope.tui.presentation.units import (
    FAILURE_SENTENCES,
    SEVERITY_SIGNS,
    OutcomeSign,
    outcome,
    render_elapsed,
    render_size,
)


def call_outcome(call: Call) -> OutcomeSign:
    """What came of a call, as a sign, a word and a role."""
    return outcome(call.status, call.failure.kind if call.failure else "")


def call_findings(call: Call) -> Document:
    """What is wrong with a call, whose it is, and what to do."""
    shown = call_outcome(call)
    head = [
        line(
            (f"{shown.sign} {shown.word}", shown.role),
            f" by {said(call.api, 32)}",
            (f"  in {render_elapsed(call.elapsed_ms)}", "dim"),
        ),
        line(
            ("belongs to this delivery: ", "dim"),
            (said(call.tie.words, 300), "" if call.tie.confidence >= SURE else "warn"),
        ),
    ]
    if call.credential is not None:
        head.append(line(("with ", "dim"), said(call.credential.words, 200)))
    if call.fault:
        head.append(line(("played by hookscope in the API's place: ", "warn"), said(call.fault, 200)))
    blocks = [Prose((*head, Line())), *(Prose(tuple(_finding(finding))) for finding in call.findings)]
    if not call.findings:
        blocks.append(Prose((line(("No rule has anything to say about it.", "dim")),)))
    return Document(tuple(blocks))


def call_request(call: Call) -> Document:
    """What the handler asked; its token is a fingerprint."""
    top = (
        line((said(call.method, 60), "strong"), " ", said(call.base + call.target, 8000), hard=True),
        Line(),
        *header_lines(call.headers),
        Line(),
    )
    return Document((Prose(top), *body_blocks(call.headers, call.body), *_cut(call.body, call.body_bytes)))


def call_answer(call: Call) -> Document:
    """What the API answered, or why there is no answer."""
    if call.answer is None:
        kind = call.failure.kind if call.failure else ""
        told = line(("✗ no answer: ", "bad"), FAILURE_SENTENCES.get(kind, kind or "its outcome is not known"))
        return prose(told, line((said(call.failure.detail if call.failure else "", 2000), "dim")))
    answer, shown = call.answer, call_outcome(call)
    top = (
        line((f"{shown.sign} {answer.status}", shown.role), " ", (said(answer.reason, 200), "strong")),
        Line(),
        *header_lines(answer.headers),
        Line(),
    )
    return Document((Prose(top), *body_blocks(answer.headers, answer.body), *_cut(answer.body, call.answer_bytes)))


def call_raw(call: Call) -> Document:
    """Request and answer as they were on the wire, but for the secrets."""
    blocks = message_blocks("Request", f"{call.method} {call.target} HTTP/1.1", call.headers, call.body)
    if call.answer is not None:
        start = f"HTTP/1.1 {call.answer.status} {call.answer.reason}"
        blocks += (Prose((Line(),)), *message_blocks("Answer", start, call.answer.headers, call.answer.body))
    return Document(blocks)


def render_call_title(call: Call, place: int, count: int, width: int) -> Line:
    """Which call the detail shows, and what came of it."""
    shown = call_outcome(call)
    first = f" ▸ call {place} of {count}  {said(call.api, 32)} {said(call.method, 20)} "
    end = f"  {shown.sign} {shown.word} {render_elapsed(call.elapsed_ms)}"
    path = crop_middle(said_ends(call.path), max(width - len(first) - len(end), 8))
    return fit(line((first, "strong"), path, (end, shown.role)), width)


def _finding(finding: Finding) -> Iterator[Line]:
    sign, role = SEVERITY_SIGNS[finding.severity]
    yield line((f"{sign} ", role), (said(finding.title, 400), "strong"), indent=2)
    for evidence in finding.evidence:
        yield line("  ", (said(evidence.text, 600), ""), indent=2)
    yield line(("  → ", "dim"), said(finding.hint, 600), indent=4)
    yield line(("  ", ""), (f"{finding.code}  {finding.confidence:.0%}", "dim"))
    yield Line()


def _cut(kept: bytes, whole: int) -> tuple[Prose, ...]:
    if whole <= len(kept):
        return ()
    return (Prose((line((f"… the first {render_size(len(kept))} of {render_size(whole)} are kept", "dim")),)),)
