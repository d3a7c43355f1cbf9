"""A rule: a stable code, its documentation, and a pure function from one case,
and the likeliest reading of its outcome, to findings.

`@watches` makes a rule that looks at the case for itself; `@explains` one that turns the likeliest reading of the
outcome into a finding when that reading has its cause. An explaining function returns the hint for a case whose reading
brings none; where that is always the same, the rule is a row of `rules/FAMILY.toml`.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from typing import TypeAlias

from hookscope.diagnosis import conditions
from hookscope.diagnosis.better_path import BetterPath, advice, better_path
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.needs import Need, always
from hookscope.diagnosis.offers import offered
from hookscope.diagnosis.readings import Reading
from hookscope.model.finding import Finding, Severity

Look: TypeAlias = Callable[[Case, Reading | None], Iterable[Finding]]
Advise: TypeAlias = Callable[[Case, Reading], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the registry. `causes` are those that its findings may carry; `outcome` is true
    of a rule that explains the outcome, `leads` of one whose finding is a better answer than that."""

    code: str
    causes: tuple[str, ...]
    documentation: str
    examples: tuple[str, ...]
    look: Look
    outcome: bool = False
    leads: bool = False
    needs: Need = always

    @property
    def family(self) -> str:
        return self.code.partition(".")[0]

    @property
    def summary(self) -> str:
        """The documentation's first sentence."""
        return self.documentation.partition("\n")[0]


def watches(
    code: str, *causes: str, examples: tuple[str, ...], leads: bool = False, needs: Need = always
) -> Callable[[Look], Rule]:
    """A rule that looks for itself and may find nothing, one thing or several;
    it is asked only where there is what it `needs`."""

    def build(look: Look) -> Rule:
        return Rule(
            code=code,
            causes=causes,
            documentation=inspect.getdoc(look) or "",
            examples=examples,
            look=look,
            leads=leads,
            needs=needs,
        )

    return build


def explains(
    code: str, cause: str, title: str, *, examples: tuple[str, ...], severity: Severity = "error"
) -> Callable[[Advise], Rule]:
    """A rule for one cause of an outcome; `title` may name {who}, {status}, {method}, {path}, {host}, {slash} (what
    is wrong with the final one) and {calls}: what comes to whoever answered."""

    def build(advise: Advise) -> Rule:
        return _outcome_rule(code, cause, title, severity, advise, inspect.getdoc(advise) or "", examples)

    return build


def explained(family: str) -> Iterator[Rule]:
    """The rules of `rules/FAMILY.toml`: as those of `explains`, for causes whose advice is always the same."""
    text = (resources.files("hookscope.diagnosis.rules") / f"{family}.toml").read_text("utf-8")
    for of, rows in tomllib.loads(text).items():
        for name, row in rows.items():
            documentation = "{summary}\n\nSees: {sees}\nWhy: {why}\nDo: {do}".format_map(row)
            advise = partial(_always, row["hint"])
            severity, examples = row.get("severity", "error"), tuple(row["examples"])
            yield _outcome_rule(f"{of}.{name}", row["cause"], row["title"], severity, advise, documentation, examples)


def _always(hint: str, case: Case, reading: Reading) -> str:
    return hint


def _outcome_rule(
    code: str,
    cause: str,
    title: str,
    severity: Severity,
    advise: Advise,
    documentation: str,
    examples: tuple[str, ...],
) -> Rule:
    def look(case: Case, reading: Reading | None) -> Iterator[Finding]:
        if reading is not None and reading.cause == cause:
            found = Finding(
                code=code,
                severity=severity,
                cause=cause,
                layer=reading.layer,
                product=reading.product,
                title=reading.title or (title.format_map(_words(case, reading)) if "{" in title else title),
                hint=(reading.hint or _for_the_kind(advise(case, reading), reading.could_be)) + _offer(case, reading),
                evidence=reading.evidence,
                confidence=reading.confidence,
                alternatives=reading.alternatives,
            )
            better = better_path(case, cause)
            yield _led_to(found, case, better) if better else found

    return Rule(code=code, causes=(cause,), documentation=documentation, examples=examples, look=look, outcome=True)


def _led_to(finding: Finding, case: Case, better: BetterPath) -> Finding:
    """The finding with the path that would have been right."""
    facts = (better.fact,) if better.fact else ()
    evidence = (*finding.evidence[:1], *facts, *finding.evidence[1:])
    hint = f"{finding.hint}. {advice(case, better)}"
    return replace(finding, hint=hint, evidence=evidence, path=better.path)


def _for_the_kind(advice: str, could_be: tuple[tuple[str, str], ...]) -> str:
    """Advice for a kind of software, and what it means in the two likeliest of those that answer like this."""
    said = [hint if hint.startswith(name) else f"{name}: {hint}" for name, hint in could_be if hint][:2]
    names = [name for name, hint in could_be if not hint][:4]
    if said:
        return f"{advice}. If it is {'; if it is '.join(said)}"
    return f"{advice}. {' or '.join(names)} would answer like this" if names else advice


def _offer(case: Case, reading: Reading) -> str:
    """That a probe tells the alternatives apart, where the answer leaves any and there is one that does."""
    if case.answer is None or not reading.alternatives or reading.own:
        return ""
    told_apart = offered(case.answer.status, (reading.cause, *reading.alternatives))
    return ". `hookscope probe NUMBER` (key p) tells these causes apart" if told_apart else ""


_LAYER_NAMES = {
    "framework": "Your framework",
    "handler": "Your handler",
    "reverse-proxy": "The reverse proxy",
    "dev-server": "The dev server",
    "waf": "A web application firewall",
    "edge": "The hosted layer in front",
    "transport": "The connection",
    "relay": "The hookscope relay",
    "tunnel": "hookscope",
    "provider-api": "The provider's API",
    "sender": "The sender",
}


def _words(case: Case, reading: Reading) -> dict[str, str]:
    named = reading.product.partition(" ")[0] if reading.layer in {"transport", "handler"} else reading.product
    who = named if reading.product and reading.layer not in {"handler", "transport"} else _LAYER_NAMES[reading.layer]
    return {
        "who": who,
        "status": str(case.answer.status) if case.answer else "",
        "method": case.request.method[:20],
        "path": conditions.sent_path(case)[:120] or "/",
        "host": case.host[:120],
        "slash": "is one too many" if conditions.final_slash(case) else "is missing",
        "calls": "your handler's calls" if reading.layer == "provider-api" else "deliveries",
    }
