"""The table of all rules: what `hookscope rules` lists, and what the engine runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hookscope.api.rule import CallRule, call_rules
from hookscope.diagnosis.rule import Rule
from hookscope.diagnosis.rules import (
    acceptance,
    auth,
    body,
    csrf,
    delivery,
    duplicates,
    edge,
    handler,
    host,
    media,
    order,
    payload,
    provider,
    redirect,
    request,
    routes,
    signature,
    times,
    transport,
)

FAMILIES = (
    redirect,
    routes,
    auth,
    csrf,
    host,
    edge,
    body,
    media,
    handler,
    transport,
    acceptance,
    provider,
    signature,
    request,
    times,
    payload,
    duplicates,
    order,
    delivery,
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.code: rule for family in FAMILIES for rule in family.RULES})
"""Every rule by its code, family by family."""

CALL_RULES: Mapping[str, CallRule] = MappingProxyType({rule.code: rule for rule in call_rules().values()})
"""Every rule on the handler's own calls by its code."""

OUTCOMES: Mapping[str, Rule] = MappingProxyType({rule.causes[0]: rule for rule in RULES.values() if rule.outcome})
"""The rule that explains an outcome of a cause."""

WATCHERS: tuple[Rule, ...] = tuple(rule for rule in RULES.values() if not rule.outcome)
"""The rules that look for themselves."""
