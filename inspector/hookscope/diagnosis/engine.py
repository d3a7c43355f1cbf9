"""The engine: every rule that may speak looks at the case, the findings are ranked, the first one is the answer.

Pure, bounded and never in the way: a rule that raises is skipped and told to `on_error`, whose default says nothing.
Rules are chosen by what is there, and an ordinary success is recognised at once; `thorough` asks everybody, and finds
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.by_design import is_excused
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.needs import Need
from hookscope.diagnosis.outward import call_findings
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.registry import OUTCOMES, WATCHERS
from hookscope.diagnosis.rule import Rule
from hookscope.model.finding import SEVERITIES, Finding

# Outcomes come before observations of the same severity, and what explains an outcome better than its own rule before
# that.
_OBSERVES, _EXPLAINS, _LEADS = 0, 1, 2
_SEVERITY = {severity: -number for number, severity in enumerate(SEVERITIES)}

# What another finding says of the same thing, and says better.
TOLD_BY = {"handler.signature-rejected": "signature.handler-disagrees"}


def ignore(code: str, error: Exception) -> None:
    """What happens to a rule's error by default: nothing."""


def diagnose(
    case: Case,
    silenced: Collection[str] = (),
    on_error: Callable[[str, Exception], None] = ignore,
    thorough: bool = False,
    choice: Choice | None = None,
) -> tuple[Finding, ...]:
    """The findings for a case, best first.

    `silenced` holds codes and families (`order` or `order.*`) that are not to be reported.
    """
    if (of_call := call_findings(case)) is not None:
        return tuple(finding for finding in of_call if not _is_silenced(finding.code, silenced))
    choice = choice or _CHOICE
    found: list[tuple[int, Finding]] = []
    reading = _reading(case, on_error, thorough)
    reading = None if is_excused(case, reading) else reading
    outcome = OUTCOMES.get(reading.cause) if reading is not None else None
    watchers = choice.rules if thorough else choice.of(case)
    for rule in watchers if outcome is None else (outcome, *watchers):
        if silenced and _is_silenced(rule.code, silenced):
            continue
        try:
            place = _LEADS if rule.leads else _EXPLAINS if rule.outcome else _OBSERVES
            found += [(place, finding) for finding in rule.look(case, reading)]
        except Exception as error:  # whatever one rule stumbles over, the others still speak
            on_error(rule.code, error)
    codes = {finding.code for _, finding in found}
    return tuple([finding for _, finding in sorted(found, key=_rank) if TOLD_BY.get(finding.code) not in codes])


def _is_silenced(code: str, silenced: Collection[str]) -> bool:
    family = code.partition(".")[0]
    return code in silenced or family in silenced or f"{family}.*" in silenced


class Choice:
    """The rules that may speak, by which needs are there: each need is asked once, each choice is made once."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._needs: tuple[Need, ...] = tuple(dict.fromkeys(rule.needs for rule in rules))
        self._made: dict[tuple[bool, ...], tuple[Rule, ...]] = {}

    def of(self, case: Case) -> tuple[Rule, ...]:
        """The rules whose need is there for the case, in their order."""
        there = tuple([need(case) for need in self._needs])
        made = self._made.get(there)
        if made is None:
            met = {need for need, is_there in zip(self._needs, there, strict=True) if is_there}
            made = self._made[there] = tuple(rule for rule in self.rules if rule.needs in met)
        return made


_CHOICE = Choice(WATCHERS)


def _reading(case: Case, on_error: Callable[[str, Exception], None], thorough: bool) -> Reading | None:
    try:
        return likeliest(case, thorough)
    except Exception as error:  # as above
        on_error("attribution", error)
        return None


def _rank(item: tuple[int, Finding]) -> tuple[int, int, float]:
    place, finding = item
    return (_SEVERITY[finding.severity], -place, -finding.confidence)
