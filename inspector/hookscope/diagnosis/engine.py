"""The engine: every rule looks at the case, the findings are ranked, the first one is the answer.

Pure, bounded and never in the way: a rule that raises is skipped and told to `on_error`, whose default says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.by_design import is_excused
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.registry import OUTCOMES, WATCHERS
from hookscope.model.finding import SEVERITIES, Finding

# Outcomes come before observations of the same severity, and what explains an outcome better than its own rule before that.
_OBSERVES, _EXPLAINS, _LEADS = 0, 1, 2


def ignore(code: str, error: Exception) -> None:
    """What happens to a rule's error by default: nothing."""


def diagnose(
    case: Case, silenced: Collection[str] = (), on_error: Callable[[str, Exception], None] = ignore
) -> tuple[Finding, ...]:
    """The findings for a case, best first. `silenced` holds codes and families (`order` or `order.*`) that are not to be reported."""
    found: list[tuple[int, Finding]] = []
    reading = _reading(case, on_error)
    reading = None if is_excused(case, reading) else reading
    outcome = OUTCOMES.get(reading.cause) if reading is not None else None
    for rule in WATCHERS if outcome is None else (outcome, *WATCHERS):
        if rule.code in silenced or rule.family in silenced or f"{rule.family}.*" in silenced:
            continue
        try:
            place = _LEADS if rule.leads else _EXPLAINS if rule.outcome else _OBSERVES
            found += [(place, finding) for finding in rule.look(case, reading)]
        except Exception as error:  # whatever one rule stumbles over, the others still speak
            on_error(rule.code, error)
    return tuple(finding for _, finding in sorted(found, key=_rank))


def _reading(case: Case, on_error: Callable[[str, Exception], None]) -> Reading | None:
    try:
        return likeliest(case)
    except Exception as error:  # as above
        on_error("attribution", error)
        return None


def _rank(item: tuple[int, Finding]) -> tuple[int, int, float]:
    place, finding = item
    return (-SEVERITIES.index(finding.severity), -place, -finding.confidence)
