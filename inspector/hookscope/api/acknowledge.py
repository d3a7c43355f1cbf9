"""Whether a handler answered its delivery only after its calls were done: what calls and attempt show together."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.api.rule import call_rules
from hookscope.model.call import Call
from hookscope.model.capture import Attempt
from hookscope.model.finding import Evidence, Finding

# Faster answers hurt nobody; and the calls must be most of what the answer waited for.
SLOW_MS = 1000.0
SHARE = 0.6
# The clocks of the two ends of a call differ by so much at most.
TOLERATED_S = 0.005


def late_answer(attempt: Attempt | None, calls: Sequence[Call]) -> Finding | None:
    """The finding on an answer that waited for calls; None where it was quick, or waited for something else."""
    if attempt is None or attempt.elapsed_ms < SLOW_MS:
        return None
    first, last = attempt.started_at, attempt.started_at + attempt.elapsed_ms / 1000 + TOLERATED_S
    spans = [(call.started_at, call.started_at + call.elapsed_ms / 1000) for call in calls]
    within = sorted((start, end) for start, end in spans if first - TOLERATED_S <= start and end <= last)
    busy_ms = _covered(within) * 1000
    if busy_ms < SHARE * attempt.elapsed_ms:
        return None
    told = f": {busy_ms / 1000:.1f} s of {attempt.elapsed_ms / 1000:.1f} s in {len(within)} calls"
    fact = Evidence(f"{len(within)} calls ended before the answer came", "calls")
    return call_rules()["slow-acknowledgement"].find(
        {"more": told}, evidence=(fact,), severity="warning", layer="handler"
    )


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """The seconds that sorted spans cover together."""
    total, reached = 0.0, float("-inf")
    for start, end in spans:
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return total
