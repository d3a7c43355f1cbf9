"""Which failures are the consequence of another one: a report should name a fault once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hookscope.tools.check.fact import Fact
from hookscope.tools.check.table import VALID

# A failure on the left explains those on the right.
EXPLAINS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "wrong-signature",
        ("missing-signature", "missing-header", "truncated-signature", "wrong-prefix", "stale", "flipped-byte"),
    ),
    ("malformed-json", ("empty-body",)),
    ("speed", ("burst",)),
)


def attribute(facts: Sequence[Fact], valid_because: str = "") -> tuple[Fact, ...]:
    """The facts with `because` where another one explains them.

    `valid_because` names the check that a refused valid delivery is a case of.
    """
    failed = {fact.name for fact in facts if fact.state == "failed"}
    causes = {effect: cause for cause, effects in EXPLAINS if cause in failed for effect in effects}
    if valid_because in failed:
        causes[VALID] = valid_because
    return tuple(
        replace(fact, because=causes[fact.name]) if fact.state == "failed" and fact.name in causes else fact
        for fact in facts
    )
