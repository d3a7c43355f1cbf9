"""Headers, and the Request and Answer tabs."""

from __future__ import annotations

from hookscope.model.capture import Attempt, Capture, SentRequest
from hookscope.model.stream_note import StreamNote, tell_broken, tell_spoken, tell_stream
from hookscope.payload.kinds import looks_like_text
from hookscope.text.safe import safe_header
from hookscope.tools.redaction.mask import HIDDEN, mask, masks
from hookscope.tui.canvas.document import Block, Document, Prose, prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.body import body_blocks
from hookscope.tui.presentation.units import FAILURE_SENTENCES, outcome, plural, render_elapsed, render_size
from hookscope_relay.delivery import Headers, is_no_trailer

MAX_HEADER = 16_000
MAX_SPOKEN = 2000
NAME_WIDTH = 24


def request_document(capture: Capture, attempt: Attempt | None = None) -> Document:
    """The delivery as it came, and what was sent instead where that differs."""
    delivery = capture.delivery
    top = [
        line(
            (said(delivery.method, 60), "strong"),
            " ",
            said(delivery.target, 8000) or "/",
            (f"  HTTP/{said(delivery.http_version, 8)}", "dim"),
            hard=True,
        ),
        line(
            ("from ", "dim"),
            said(delivery.remote, 100) or "unknown",
            (f"  by {said(delivery.scheme, 10)}", "dim"),
            (f"  id {said(delivery.id, 40)}", "dim"),
        ),
    ]
    blocks: list[Block] = [Prose((*top, Line(), *header_lines(delivery.headers, masked=True), Line()))]
    if delivery.broken:
        blocks.append(Prose((line(("✗ ", "bad"), tell_broken(delivery.broken, len(delivery.body))), Line())))
    if delivery.trailers:
        blocks.append(Prose((*_trailer_lines(delivery.trailers), Line())))
    blocks += body_blocks(delivery.headers, delivery.body)
    if attempt is not None and attempt.request is not None:
        blocks += _sent(attempt.number, attempt.request, delivery.body)
    return Document(tuple(blocks))


def answer_document(capture: Capture, attempt: Attempt | None) -> Document:
    """What the handler answered to an attempt, or why there is no answer."""
    if attempt is None:
        told = line(("No attempt was made: the delivery is kept.", "dim"))
        return prose(told, line(("r", "mark"), " hands it to the handler."))
    head = _attempt_line(capture, attempt)
    if attempt.failure is not None:
        kind, detail = attempt.failure.kind, attempt.failure.detail
        told = line(("✗ no answer: ", "bad"), FAILURE_SENTENCES.get(kind, kind))
        more = (line((said(detail, 2000), "dim")),) if detail else ()
        beside = _stream(attempt.stream, 0) if attempt.stream is not None else ()
        return Document((Prose((*head, told, *more)), *beside))
    if attempt.answer is None:
        return Document((Prose((*head, line(("… running; its outcome is not known", "dim")))),))
    answer = attempt.answer
    shown = outcome(answer.status, "")
    status = line((f"{shown.sign} {answer.status}", shown.role), " ", (said(answer.reason, 200), "strong"))
    top = Prose((*head, status, Line(), *header_lines(answer.headers, masked=True), Line()))
    beside = _stream(attempt.stream, len(answer.body)) if attempt.stream is not None else ()
    return Document((top, *beside, *body_blocks(answer.headers, answer.body)))


def _stream(note: StreamNote, kept: int) -> tuple[Block, ...]:
    """What an answer had beside its head and body, and what was said over a WebSocket."""
    lines: list[Line] = [line((sentence, "dim")) for sentence in tell_stream(note, kept)]
    for interim in note.interims:
        status = line(("before it ", "dim"), (str(interim.status), "strong"), " ", said(interim.reason, 200))
        lines += [Line(), status, *header_lines(interim.headers, masked=True)]
    if note.trailers:
        lines += [Line(), line(("Trailers", "title")), *header_lines(note.trailers, masked=True)]
    if note.spoken:
        lines += [Line(), line(("Conversation", "title"), ("  → from the sender, ← from the handler", "dim"))]
    for one in note.spoken:
        role: Role = "accent" if one.from_sender else "strong"
        lines.append(line((tell_spoken(one), role)))
        if one.shown:
            text = one.shown.decode("utf-8", "replace") if looks_like_text(one.shown) else one.shown.hex(" ")
            lines.append(line("  ", said(text, MAX_SPOKEN), indent=2, hard=True))
    if note.unheard:
        lines.append(line((f"… {note.unheard:,} messages more, which are not kept", "dim")))
    return (Prose((*lines, Line())),)


def _trailer_lines(trailers: Headers) -> tuple[Line, ...]:
    kept_back = ", ".join(said(name, 60) for name, _ in trailers if is_no_trailer(name))
    note = f"  the handler does not get {kept_back}" if kept_back else ""
    return line(("Trailers", "title"), (note, "dim")), *header_lines(trailers, masked=True)[1:]


def header_lines(headers: Headers, *, masked: bool = False) -> tuple[Line, ...]:
    """Every header in order, names and values whole, a host that may imitate another with its mark;
    their count first. `masked` hides credentials and says where they are shown."""
    width = min(max((len(name) for name, _ in headers), default=0), NAME_WIDTH)
    size = sum(len(name) + len(value) + 4 for name, value in headers)
    heading = line(("Headers ", "title"), (f"{plural(len(headers), 'header')} · {render_size(size)}", "dim"))
    if masked and masks(headers):
        heading = line(*heading.spans, (" · ", "dim"), ("5", "mark"), (f" shows {HIDDEN}", "dim"))
    return heading, *(
        line(
            (said(name, 300).ljust(width), "key"),
            "  ",
            _value(name, mask(name, value) if masked else value),
            indent=width + 2,
            hard=True,
        )
        for name, value in headers
    )


def _value(name: str, value: str) -> str:
    return safe_header(name, value) if len(value) <= MAX_HEADER else said(value, MAX_HEADER)


def _attempt_line(capture: Capture, attempt: Attempt) -> tuple[Line, ...]:
    count = len(capture.attempts)
    which = f"Attempt {attempt.number} of {count}" if count > 1 else "Attempt 1"
    way = f", {said(attempt.way, 60)}" if attempt.way else ""
    keys = ("   [ ] ", "mark"), ("other attempts", "dim")
    by = f", answered by {said(attempt.answered_by, 40)}" if attempt.answered_by else ""
    first = line(
        (which, "title"),
        (f"  {attempt.origin}{way}, {render_elapsed(attempt.elapsed_ms)}{by}", "dim"),
        *(keys if count > 1 else ()),
    )
    return first, line(("to ", "dim"), said(attempt.handler_url, 2000), hard=True), Line()


def _sent(number: int, sent: SentRequest, received: bytes) -> tuple[Block, ...]:
    told = line((f"Attempt {number} sent something else", "title"))
    first = line((said(sent.method, 60), "strong"), " ", said(sent.target, 8000), hard=True)
    body = () if sent.body == received else body_blocks(sent.headers, sent.body)
    return Prose((Line(), told, first, *header_lines(sent.headers, masked=True))), *body
