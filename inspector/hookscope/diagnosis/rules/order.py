"""Order: events that arrive later than newer ones, and numbers that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.model.finding import Evidence, Finding
from hookscope.text.timestamp import render_time


@watches(
    "order.older-event",
    "out-of-order",
    examples=("page.content_updated of 10:00 after one of 10:05",),
    needs=needs.earlier,
)
def older_event(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The event is older than one that already came for the same object.

    Sees: the event's time and object against those of earlier deliveries.
    Why: most providers do not promise order; a handler that overwrites state goes back in time.
    Do: compare times before writing, or fetch the current state.
    """
    known = case.recognition
    if known is None or known.event_at is None or not known.object_id or case.origin not in {"live", "backlog"}:
        return
    newer = [
        earlier
        for earlier in case.earlier
        if earlier.object_id == known.object_id
        and earlier.event_at is not None
        and earlier.event_at > known.event_at
        and earlier.event_id != known.event_id
    ]
    if not newer:
        return
    latest = max(newer, key=lambda earlier: earlier.event_at or 0.0)
    behind = (latest.event_at or 0.0) - known.event_at
    yield Finding(
        code="order.older-event",
        severity="warning",
        cause="out-of-order",
        layer="sender",
        product=case.sender,
        title=f"This event is {behind:.0f} s older than one that came before for the same object",
        hint="Compare event times before writing, or fetch the object's current state",
        evidence=(
            Evidence(f"this event is of {_time(known.event_at)}", "request.body"),
            Evidence(f"delivery {latest.number or latest.id} is of {_time(latest.event_at or 0.0)}", "earlier"),
        ),
        confidence=0.95,
    )


def _time(at: float) -> str:
    try:
        return render_time(at)
    except (ValueError, OverflowError, OSError):  # a sender may write any number
        return f"{at:g}"


@watches("order.sequence-gap", "sequence-gap", examples=("sequence 14 after 11",), needs=needs.earlier)
def sequence_gap(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """Numbers of the sender's sequence are missing.

    Sees: the first number of the delivery's events against the highest one before.
    Why: deliveries were lost, went elsewhere, or are late.
    Do: ask the provider for the missing ones, or reconcile through its API; two subscriptions at one endpoint count
    apart.
    """
    numbers = case.recognition.sequence if case.recognition else None
    before = max((earlier.sequence_last or 0 for earlier in case.earlier), default=0)
    if numbers is None or not before or numbers[0] <= before + 1 or case.origin not in {"live", "backlog"}:
        return
    missing = numbers[0] - before - 1
    yield Finding(
        code="order.sequence-gap",
        severity="warning",
        cause="sequence-gap",
        layer="sender",
        product=case.sender,
        title=f"{missing} {'number is' if missing == 1 else 'numbers are'} missing before sequence {numbers[0]}",
        hint="Ask the provider for the missing deliveries, or reconcile through its API",
        evidence=(
            Evidence(f"the highest number before was {before}", "earlier"),
            Evidence(f"this begins with {numbers[0]}", "request.body"),
        ),
        confidence=0.9,
    )


RULES: tuple[Rule, ...] = (older_event, sequence_gap)
