"""Events made from the values that they tell of."""

from __future__ import annotations

from hookscope.model.capture import Attempt, Origin, counts
from hookscope.model.events import Attempted, Captured, GapDeclared, Refused, Settled
from hookscope.model.verdict import Recognition
from hookscope_relay import wire
from hookscope_relay.delivery import Delivery


def captured(
    delivery: Delivery,
    number: int,
    recognition: Recognition,
    origin: Origin,
    *,
    owed: bool,
    at: float,
    held: bool = False,
) -> Captured:
    """A delivery is in the store; backlog that is not owed was missed."""
    return Captured(
        at=at,
        id=delivery.id,
        number=number,
        origin=origin,
        method=delivery.method,
        target=delivery.target,
        provider=recognition.provider,
        event_type=recognition.event_type,
        bytes=len(delivery.body),
        owed=owed,
        received_at=delivery.received_at,
        missed=origin == "backlog" and not owed,
        held=held,
    )


def attempted(delivery: Delivery, number: int, attempt: Attempt, at: float, before: str = "") -> Attempted:
    """An attempt at a delivery ended; `before` is the URL at the handler of the one that counted so far."""
    return Attempted(
        at=at,
        id=delivery.id,
        number=number,
        attempt=attempt.number,
        origin=attempt.origin,
        method=delivery.method,
        target=delivery.target,
        elapsed_ms=attempt.elapsed_ms,
        status=attempt.answer.status if attempt.answer else None,
        failure=attempt.failure.kind if attempt.failure else "",
        detail=attempt.failure.detail if attempt.failure else "",
        answered_by=attempt.answered_by,
        experiment=not (attempt.is_copy and attempt.route) and not counts(attempt, before),
        route=attempt.route,
        copy=attempt.is_copy,
    )


def settled(frame: wire.Settled, delivery_id: str, at: float) -> Settled:
    """A sender's wait ended; the wire's status 0 stands for none."""
    return Settled(
        at=at,
        id=delivery_id,
        how=frame.how,
        status=frame.status or None,
        by=frame.by,
        waited_ms=float(frame.waited_ms),
    )


def gap(frame: wire.Gap, at: float) -> GapDeclared:
    """Deliveries are no longer in the relay's log."""
    return GapDeclared(at=at, after=frame.after, until=frame.until, reason=frame.reason)


def refused(frame: wire.Refused, at: float) -> Refused:
    """The relay turned a request away."""
    return Refused(at=at, problem=frame.problem, method=frame.method, target=frame.target, size=frame.size)
