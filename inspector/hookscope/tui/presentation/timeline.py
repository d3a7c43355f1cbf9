"""The Timeline tab: when a delivery was received, how long it was queued, and each attempt, with bars on one scale;
then its relatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hookscope.diagnosis.case import Earlier, Settlement
from hookscope.model.capture import Attempt, Capture
from hookscope.model.verdict import Recognition
from hookscope.tui.canvas.document import Document, Prose, prose
from hookscope.tui.canvas.line import Line, Role, line, said
from hookscope.tui.presentation.calls import CallBlock
from hookscope.tui.presentation.units import OutcomeSign, outcome, plural, render_clock, render_elapsed

BAR = 18
CLOCK = 14
SETTLED: dict[str, tuple[str, Role]] = {
    "answered": ("the sender was answered", ""),
    "expired": ("the sender's time ran out, it was answered", "bad"),
    "sender-gone": ("the sender hung up before there was an answer", "warn"),
}
ORIGINS: dict[str, str] = {
    "live": "forwarded as it came",
    "backlog": "forwarded later",
    "replay": "replayed",
    "fixture": "sent as a fixture",
    "sample": "sent as a sample",
    "check": "sent by a check",
    "probe": "sent by a probe",
}
QUEUED, FILLED, FINE = "░", "█", "▏▎▍▌▋▊▉█"


def timeline_document(
    capture: Capture, settled: Settlement | None = None, related: Sequence[Line] = (), calls: Sequence[Line] = ()
) -> Document:
    """Received, queued, handed over, how the sender's wait ended; then each later attempt; then the handler's calls,
    and what belongs to it."""
    received_at = capture.delivery.received_at
    copies = tuple(one for one in capture.attempts if one.is_copy and one.route)
    own = tuple(one for one in capture.attempts if one not in copies)
    first, later = own[:1], own[1:]
    if not (first and first[0].origin == "live"):
        first, later = (), own
    longest = max((attempt.elapsed_ms for attempt in capture.attempts), default=0.0)
    queued_ms = max(0.0, (first[0].started_at - received_at) * 1000) if first else 0.0
    scale = max(longest, queued_ms + first[0].elapsed_ms if first else 0.0, settled.waited_ms if settled else 0.0)
    lines = [line((render_clock(received_at, True), "dim"), "  received by the relay")]
    if first:
        lines.append(_queued(queued_ms, scale))
    lines += [row for attempt in first for row in _attempt(attempt, received_at, scale, queued_ms)]
    # The relay's clock and ours differ by a little: the sender's answer stands behind the attempt that brought it.
    if settled is not None:
        lines.append(_settled(settled, received_at))
    if not capture.attempts:
        lines.append(line(("no attempt was made", "dim")))
    if later:
        what = "later attempt" if first else "attempt"
        lines += [Line(), line((plural(len(later), what).capitalize(), "title"))]
        lines += [row for attempt in later for row in _attempt(attempt, received_at, scale)]
    if copies:
        lines += [Line(), line((plural(len(copies), "copy", "copies") + " to other handlers", "title"))]
        lines += [row for attempt in copies for row in _attempt(attempt, received_at, scale)]
    if calls:
        return Document((Prose(tuple(lines)), CallBlock(tuple(calls)), Prose((Line(), *related))))
    return prose(*lines, Line(), *related)


def related_lines(number: int, recognition: Recognition, related: Sequence[Earlier]) -> tuple[Line, ...]:
    """Deliveries of the same event (duplicates) and of the same object, this one among them, by the time between."""
    if len(related) < 2:
        return ()
    here = next((other.received_at for other in related if other.number == number), related[-1].received_at)
    same = [other for other in related if other.number != number and _is_same_event(other, recognition)]
    name = said(recognition.object_id or recognition.event_id, 80)
    lines = [line(("Same event and object ", "title"), (name, "dim"))]
    if same:
        lines.append(line(("! ", "warn"), f"The event came {plural(len(same) + 1, 'time')}.", indent=2))
    lines += [_relative(other, number, here, _is_same_event(other, recognition)) for other in related]
    return tuple(lines)


def render_bar(part: float, whole: float, width: int = BAR) -> str:
    """A bar of `part` where `whole` would be `width` cells; never empty."""
    eighths = max(1, round(8 * width * part / whole)) if whole > 0 else 1
    full, rest = divmod(eighths, 8)
    return FILLED * full + (FINE[rest - 1] if rest else "")


def render_gap(seconds: float) -> str:
    """The time between two deliveries in at most 9 cells: `-3 s`, `+2 min`, `+5 h`, `-3 d`."""
    sign = "-" if seconds < 0 else "+"
    size = abs(seconds)
    if size < 1:
        return f"{sign}{size * 1000:.0f} ms"
    for limit, unit, name in ((100.0, 1.0, "s"), (6000.0, 60.0, "min"), (172_800.0, 3600.0, "h")):
        if size < limit:
            return f"{sign}{size / unit:.0f} {name}"
    return f"{sign}{size / 86_400:.0f} d"


def _is_same_event(other: Earlier, recognition: Recognition) -> bool:
    return bool(other.event_id) and other.event_id == recognition.event_id


def _relative(other: Earlier, number: int, here: float, same: bool) -> Line:
    is_this = other.number == number
    shown = outcome(other.status or None, other.failure) if other.status or other.failure else None
    gap = "this one" if is_this else render_gap(other.received_at - here)
    return line(
        ("› " if is_this else "  ", "mark"),
        (render_clock(other.received_at), "dim"),
        (f"  {gap:>9}", "dim"),
        f"  #{other.number} ",
        (said(other.event_type, 80), "accent"),
        *((("  ", ""), (f"{shown.sign} {shown.word}", shown.role)) if shown else ()),
        ("  the same event" if same and not is_this else "", "warn"),
        indent=4,
    )


def _settled(settled: Settlement, received_at: float) -> Line:
    told, role = SETTLED.get(settled.how, (settled.how, ""))
    status = f" with {settled.status}" if settled.status else ""
    by = f" by {said(settled.by, 20)}" if settled.by else ""
    at = render_clock(received_at + settled.waited_ms / 1000, True)
    return line(
        (at, "dim"),
        "  ",
        (f"{told}{status}{by}", role),
        (f" after {render_elapsed(settled.waited_ms)}", "dim"),
        indent=CLOCK,
    )


def _queued(queued_ms: float, scale: float) -> Line:
    """How long it took from the relay to the handler."""
    cells = round(BAR * queued_ms / scale) if scale > 0 else 0
    bar = (QUEUED * max(cells, 1)).ljust(BAR)
    return line(" " * CLOCK, (bar, "dim"), f" queued {render_elapsed(queued_ms)}", indent=CLOCK)


def _outcome(attempt: Attempt) -> OutcomeSign:
    if attempt.answer is None and attempt.failure is None:
        return OutcomeSign("…", "running", "dim")
    failure = attempt.failure.kind if attempt.failure else ""
    return outcome(attempt.answer.status if attempt.answer else None, failure)


def _attempt(attempt: Attempt, received_at: float, scale: float, before_ms: float = 0.0) -> Iterator[Line]:
    shown = _outcome(attempt)
    after = render_gap(attempt.started_at - received_at)
    what = "a copy, beside what answered" if attempt.is_copy else ORIGINS.get(attempt.origin, attempt.origin)
    if attempt.route:
        way = said(attempt.way, 60)
        what = way if attempt.is_copy else f"{what}, {way}"
    yield line(
        (render_clock(attempt.started_at, True), "dim"),
        f"  attempt {attempt.number}, {what} ",
        (after, "dim"),
        indent=CLOCK,
    )
    offset = min(round(BAR * before_ms / scale), BAR - 1) if scale > 0 else 0
    bar = (" " * offset + render_bar(attempt.elapsed_ms, scale, BAR))[: BAR + 1].ljust(BAR)
    by = f" by {said(attempt.answered_by, 20)}" if attempt.answered_by else ""
    yield line(
        " " * CLOCK,
        (bar, shown.role),
        (f" {shown.sign} {shown.word}", shown.role),
        (f"{by} in {render_elapsed(attempt.elapsed_ms)}", "dim"),
        indent=CLOCK,
    )
    yield line(" " * CLOCK, (said(attempt.handler_url, 2000), "dim"), indent=CLOCK, hard=True)
