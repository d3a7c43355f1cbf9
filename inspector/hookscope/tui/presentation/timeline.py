"""The Timeline tab: when a delivery was received and what was done with it, with bars to one scale."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.capture import Attempt, Capture
from hookscope.diagnosis.case import Earlier, Settled
from hookscope.tui.document import Document, prose
from hookscope.tui.line import Line, Role, line, said
from hookscope.tui.presentation.words import outcome, render_clock, render_elapsed
from hookscope.verdict import Recognition

BAR = 16
SETTLED: dict[str, tuple[str, Role]] = {
    "answered": ("the sender was answered", ""),
    "expired": ("the sender's time ran out, it was answered", "bad"),
    "sender-gone": ("the sender hung up before there was an answer", "warn"),
}
FILLED, FINE = "█", "▏▎▍▌▋▊▉█"


def timeline_document(capture: Capture, settled: Settled | None = None, related: Sequence[Line] = ()) -> Document:
    """Received, how the sender's wait ended, then each attempt in order of time; then what belongs to it."""
    received_at = capture.delivery.received_at
    longest = max((attempt.elapsed_ms for attempt in capture.attempts), default=0.0)
    lines = [line((render_clock(received_at, True), "dim"), "  received by the relay")]
    told = [_settled(settled, received_at), Line()] if settled is not None else []
    first, later = capture.attempts[:1], capture.attempts[1:]
    if not (first and first[0].origin == "live"):
        first, later = (), capture.attempts
    # The relay's clock and ours differ by a little: the sender's answer stands behind the attempt that brought it.
    lines.append(Line())
    lines += [row for attempt in first for row in _attempt(attempt, received_at, longest)]
    lines += told
    lines += [row for attempt in later for row in _attempt(attempt, received_at, longest)]
    if not capture.attempts:
        lines += [line(("no attempt was made", "dim")), Line()]
    return prose(*lines, *related)


def related_lines(number: int, recognition: Recognition, related: Sequence[Earlier]) -> tuple[Line, ...]:
    """Deliveries of the same event (duplicates) and of the same object, this one among them."""
    if len(related) < 2:
        return ()
    lines = [
        line(("Same event and object ", "title"), (said(recognition.object_id or recognition.event_id, 80), "dim"))
    ]
    for other in related:
        same = other.event_id and other.event_id == recognition.event_id
        shown = outcome(other.status or None, other.failure) if other.status or other.failure else None
        here = other.number == number
        lines.append(
            line(
                ("› " if here else "  ", "mark"),
                (render_clock(other.received_at), "dim"),
                f"  #{other.number} ",
                (said(other.event_type, 80), "accent"),
                *((("  ", ""), (f"{shown.sign} {shown.word}", shown.role)) if shown else ()),
                ("  the same event" if same and not here else "", "warn"),
            )
        )
    return tuple(lines)


def _settled(settled: Settled, received_at: float) -> Line:
    told, role = SETTLED.get(settled.how, (settled.how, ""))
    status = f" with {settled.status}" if settled.status else ""
    by = f" by {said(settled.by, 20)}" if settled.by else ""
    at = render_clock(received_at + settled.waited_ms / 1000, True)
    return line(
        (at, "dim"), "  ", (f"{told}{status}{by}", role), (f" after {render_elapsed(settled.waited_ms)}", "dim")
    )


def render_bar(part: float, whole: float, width: int = BAR) -> str:
    """A bar of `part` where `whole` would be `width` cells; never empty."""
    eighths = max(1, round(8 * width * part / whole)) if whole > 0 else 1
    full, rest = divmod(eighths, 8)
    return FILLED * full + (FINE[rest - 1] if rest else "")


def _attempt(attempt: Attempt, received_at: float, longest: float) -> tuple[Line, ...]:
    role: Role = "dim"
    told = "… running"
    if attempt.answer is not None or attempt.failure is not None:
        shown = outcome(
            attempt.answer.status if attempt.answer else None, attempt.failure.kind if attempt.failure else ""
        )
        told, role = f"{shown.sign} {shown.word}", shown.role
    after = f"+{render_elapsed(max(0.0, (attempt.started_at - received_at) * 1000))}"
    return (
        line(
            (render_clock(attempt.started_at, True), "dim"),
            f"  attempt {attempt.number}, {attempt.origin} ",
            (after, "dim"),
        ),
        line(
            " " * 14,
            (render_bar(attempt.elapsed_ms, longest), role),
            " ",
            (told, role),
            (f" in {render_elapsed(attempt.elapsed_ms)}", "dim"),
        ),
        line(" " * 14, (said(attempt.handler_url, 2000), "dim"), indent=14, hard=True),
        Line(),
    )
