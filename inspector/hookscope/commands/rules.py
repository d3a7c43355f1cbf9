"""`hookscope rules`: the rules of the diagnosis, listed or explained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hookscope.commands import options
from hookscope.commands.command import Argument, Command
from hookscope.config.settings import Settings
from hookscope_relay.errors import InputError

if TYPE_CHECKING:
    from typing import TypeAlias

    from hookscope.api.rule import CallRule
    from hookscope.diagnosis.rule import Rule

    AnyRule: TypeAlias = Rule | CallRule


def run(settings: Settings) -> int:
    """Print the list of all rules, those of a family, or the documentation of one."""
    # The rules load the whole diagnosis, which `--help` does not need.
    from hookscope.diagnosis.registry import CALL_RULES, RULES

    wanted = settings.text("code")
    rules: dict[str, AnyRule] = {**RULES, **CALL_RULES}
    if not wanted:
        chosen = list(rules.values())
    elif wanted in rules:
        chosen = [rules[wanted]]
    else:
        chosen = [rule for rule in rules.values() if rule.family == wanted] or _unknown(wanted, list(rules))
    if settings.flag("json"):
        lines: Iterator[str] = (json.dumps(_mapping(rule)) for rule in chosen)
    elif wanted in rules:
        lines = _explained(chosen[0])
    else:
        lines = _listed(chosen)
    for line in lines:
        print(line)
    return 0


def _unknown(code: str, known: list[str]) -> list[AnyRule]:
    import difflib

    close = difflib.get_close_matches(code, known, 1)
    raise InputError(
        f"there is no rule {code!r}", f"did you mean {close[0]}?" if close else "`hookscope rules` lists them"
    )


def _listed(rules: Sequence[AnyRule]) -> Iterator[str]:
    width = max(len(rule.code) for rule in rules)
    return (f"{rule.code:{width}}  {rule.summary}" for rule in rules)


def _explained(rule: AnyRule) -> Iterator[str]:
    yield rule.code
    yield ""
    yield rule.documentation
    yield ""
    yield f"Causes: {', '.join(rule.causes)}"
    yield "Examples:"
    yield from (f"  {example}" for example in rule.examples)


def _mapping(rule: AnyRule) -> dict[str, object]:
    return {
        "code": rule.code,
        "family": rule.family,
        "causes": list(rule.causes),
        "summary": rule.summary,
        "documentation": rule.documentation,
        "examples": list(rule.examples),
    }


COMMAND = Command(
    name="rules",
    summary="list the rules of the diagnosis, or explain one",
    arguments=(
        Argument(name="code", help="a rule's code, such as csrf.refused, or a family, such as csrf", count="optional"),
    ),
    options=(options.JSON,),
    run=run,
)
