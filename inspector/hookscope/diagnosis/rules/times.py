"""Time: whether the sender still listened when the answer came, and what slow answers lead to."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, watches
from hookscope.model.finding import Evidence, Finding

NEAR = 0.8


def _elapsed(case: Case) -> float:
    return case.attempt.elapsed_ms if case.attempt else 0.0


def _fact(case: Case) -> Evidence:
    took = "the handler took" if case.failure is None else "there was no answer after"
    return Evidence(f"{took} {_elapsed(case):.0f} ms", "attempt.elapsed_ms")


def _finding(case: Case, code: str, title: str, hint: str, *facts: Evidence, loud: bool = True) -> Finding:
    return Finding(
        code=code,
        severity="warning" if loud else "info",
        cause="slow-acknowledgement",
        layer="handler",
        title=title,
        hint=hint,
        evidence=facts,
        confidence=0.95,
    )


@watches(
    "timing.sender-gone",
    "slow-acknowledgement",
    examples=("the relay's deadline passed before the handler's 200",),
    needs=needs.settled,
)
def sender_gone(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The sender did not wait for this answer.

    Sees: the relay's notice of how the sender's wait ended.
    Why: whatever the handler answered, the sender was told 504 or hung up, and will send the event again.
    Do: answer first and work later; make the handler safe against the same event twice.
    """
    settled = case.settled
    if settled is None or settled.how == "answered" or (case.delivery.broken and case.attempt is not None):
        return
    how = "hung up" if settled.how == "sender-gone" else "was answered 504 at the relay's deadline"
    fact = Evidence(f"the sender {how} after {settled.waited_ms:.0f} ms", "settled")
    if case.attempt is None:
        yield _not_handed_over(how, settled.waited_ms, fact)
        return
    yield _finding(
        case,
        "timing.sender-gone",
        f"The sender did not wait for this answer: it {how} after {settled.waited_ms / 1000:.1f} s",
        "Answer first and work later; expect the same event again",
        fact,
        _fact(case),
    )


def _not_handed_over(how: str, waited_ms: float, fact: Evidence) -> Finding:
    """Nobody here gave it to a handler in time: no answer was late."""
    return Finding(
        code="timing.sender-gone",
        severity="warning",
        cause="slow-acknowledgement",
        layer="tunnel",
        title=f"Nobody answered it in time: the sender {how} after {waited_ms / 1000:.1f} s",
        hint="If hookscope stood still meanwhile (Ctrl-Z, a debugger, a machine that slept), replay it; if others"
        " answer on this endpoint, ask them",
        evidence=(fact, Evidence("it was not handed over here", "attempt")),
        confidence=0.95,
    )


@watches(
    "timing.over-limit",
    "slow-acknowledgement",
    examples=("3.4 s to a Slack event, whose limit is 3 s",),
    needs=needs.limit,
)
def over_limit(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The answer took longer than the provider documents to wait, or nearly so.

    Sees: the attempt's time against the provider's limit.
    Why: the provider counts it as failed and sends the event again, though the handler did its work.
    Do: answer first and work later.
    """
    limit = case.policy.limit_ms
    elapsed = _elapsed(case)
    if (
        not limit
        or elapsed < NEAR * limit
        or case.failure is not None
        or case.origin not in {"live", "backlog", "check"}
    ):
        return
    over = elapsed > limit
    name = case.sender or "the provider"
    source = f" ({case.policy.source})" if case.policy.source else ""
    fact = Evidence(f"{name} waits {limit / 1000:g} s{source}", "policy")
    word = "longer than" if over else "nearly as long as"
    title = f"{elapsed / 1000:.1f} s is {word} {name} waits ({limit / 1000:g} s)"
    yield _finding(case, "timing.over-limit", title, "Answer first and work later", _fact(case), fact, loud=over)


@watches(
    "timing.first-after-reload",
    "slow-acknowledgement",
    examples=("4 s for the first request after a restart, 40 ms for the others",),
    needs=needs.slow_restart,
)
def first_after_reload(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The first request after a reload is slow.

    Sees: an answer many times slower than the usual, right after a failure to connect or a known reload.
    Why: dev servers compile and connect on the first request; a provider's limit may pass meanwhile.
    Do: nothing in production; warm the server up before testing.
    """
    usual = [earlier.elapsed_ms for earlier in case.recent if earlier.status and earlier.elapsed_ms]
    last = case.recent[-1] if case.recent else None
    restarted = case.reloaded or (last is not None and last.failure in {"refused", "reset", "closed"})
    elapsed = _elapsed(case)
    if restarted and elapsed > 500 and (not usual or elapsed > 5 * median(usual)):
        title = f"The first request after a reload took {elapsed / 1000:.1f} s"
        yield _finding(
            case,
            "timing.first-after-reload",
            title,
            "Warm the server up before testing; later requests are faster",
            _fact(case),
            loud=False,
        )


@watches(
    "timing.will-repeat",
    "slow-acknowledgement",
    examples=("a timeout: the provider sends the event again while the first attempt may still run",),
    needs=needs.failure,
)
def will_repeat(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """A timeout makes the provider send the event again.

    Sees: an attempt that timed out, from a sender that is not us.
    Why: the first attempt may still be running when the second arrives.
    Do: answer first and work later; make the handler safe against the same event twice.
    """
    if case.failure is not None and case.failure.kind == "timeout" and case.origin == "live":
        title = "The sender will send this event again, while the first attempt may still be running"
        yield _finding(
            case,
            "timing.will-repeat",
            title,
            "Make the handler safe against the same event twice",
            _fact(case),
            loud=False,
        )


RULES: tuple[Rule, ...] = (sender_gone, over_limit, first_after_reload, will_repeat)
