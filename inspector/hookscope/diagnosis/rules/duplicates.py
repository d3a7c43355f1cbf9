"""The same event again: a provider's retry, a second subscription, or a plain repeat."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case, Earlier
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.model.finding import Evidence, Finding


def same_event(case: Case) -> Earlier | None:
    """The latest earlier delivery of this event from the same provider; None where there is none,
    or this is no event of a sender's."""
    event = case.recognition.event_id if case.recognition else ""
    if not event or case.origin not in {"live", "backlog"}:
        return None
    before = (
        earlier for earlier in reversed(case.earlier) if earlier.event_id == event and earlier.id != case.delivery.id
    )
    return next(
        (earlier for earlier in before if not earlier.provider or earlier.provider.lower() == case.sender), None
    )


def _is_retry(case: Case, first: Earlier) -> bool:
    number = case.recognition.attempt_number if case.recognition else None
    return number is not None and number > (first.attempt_number or 1)


def _outcome(earlier: Earlier) -> str:
    if earlier.status:
        return f"answered {earlier.status}"
    return f"failed ({earlier.failure})" if earlier.failure else "not answered"


def _facts(case: Case, first: Earlier) -> tuple[Evidence, ...]:
    assert case.recognition is not None
    ago = case.delivery.received_at - first.received_at
    facts = [
        Evidence(f"event {case.recognition.event_id[:80]}", "request"),
        Evidence(f"delivery {first.number or first.id} had it {ago:.0f} s before and was {_outcome(first)}", "earlier"),
    ]
    if case.body_digest and first.body_digest:
        same = "the same body" if case.body_digest == first.body_digest else "another body"
        facts.append(Evidence(f"with {same}", "request.body"))
    return tuple(facts)


@watches(
    "duplicates.provider-retry",
    "provider-retry",
    examples=("Notion's attempt_number 2 after a 500",),
    needs=needs.earlier,
)
def provider_retry(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The provider sends an event again because an earlier attempt failed.

    Sees: an event id that came before, with a higher attempt number.
    Why: the earlier answer was not taken for success, even if the handler did the work.
    Do: look at the earlier delivery's answer.
    """
    first = same_event(case)
    if first is not None and _is_retry(case, first):
        assert case.recognition is not None
        fine = 200 <= first.status < 300
        hint = (
            "It was answered 2xx before: the answer came too late, or was lost on its way"
            if fine
            else "Look at the earlier delivery's answer"
        )
        yield Finding(
            code="duplicates.provider-retry",
            severity="info",
            cause="provider-retry",
            layer="sender",
            product=case.sender,
            title=(
                f"The provider's attempt {case.recognition.attempt_number} at an event that was {_outcome(first)}"
                " before"
            ),
            hint=hint,
            evidence=_facts(case, first),
            confidence=0.98,
        )


@watches(
    "duplicates.same-event",
    "duplicate-event",
    examples=("one event at two subscriptions", "one id with two bodies"),
    needs=needs.earlier,
)
def repeated(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The same event came before, and this is not a numbered retry.

    Sees: an event id that came before, without a higher attempt number.
    Why: senders deliver at least once; two subscriptions deliver twice; an id with another body is a bug of the sender
    or of a replay.
    Do: make the handler remember event ids; look for a second subscription.
    """
    first = same_event(case)
    if first is None or _is_retry(case, first):
        return
    other_body = bool(case.body_digest and first.body_digest and case.body_digest != first.body_digest)
    other_path = bool(first.target and first.target != case.delivery.target)
    hint = "Let the handler remember event ids and answer 2xx to those it has seen"
    if other_path or other_body:
        hint = "Look for a second subscription to the same events: path or body differ"
    yield Finding(
        code="duplicates.same-event",
        severity="warning" if other_body else "info",
        cause="duplicate-event",
        layer="sender",
        product=case.sender,
        title="This event came before"
        + (" with another body" if other_body else "")
        + (" on another path" if other_path else ""),
        hint=hint,
        evidence=_facts(case, first),
        confidence=0.95,
    )


RULES: tuple[Rule, ...] = (provider_retry, repeated)
