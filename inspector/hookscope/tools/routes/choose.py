"""Which of the routes a delivery takes: who answers, who gets a copy, and which would have been the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hookscope.model.verdict import Recognition
from hookscope.model.withheld import NO_ROUTE
from hookscope.tools.filters.arrival import ArrivalTerm
from hookscope.tools.routes.rule import RouteRule
from hookscope_relay.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Chosen:
    """The route whose handler answers the sender, None where none matches, and those that get a copy."""

    answering: RouteRule | None = None
    copies: tuple[RouteRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The route that a delivery nearly took, and which terms of its filter it does not meet."""

    rule: RouteRule
    failing: tuple[ArrivalTerm, ...]

    @property
    def sentence(self) -> str:
        """Why it was not taken, for whoever wrote the route."""
        terms = ", ".join(term.text for term in self.failing)
        return f"The nearest is {self.rule.name}, whose filter fails at {terms}"

    @property
    def outward(self) -> str:
        """The same for whoever calls, without what the filter looks for."""
        kinds = dict.fromkeys(WORDS.get(term.key, "what it says") for term in self.failing)
        return f"The nearest route is {self.rule.name}, which goes by {' and '.join(kinds)}."


WORDS = {
    "path": "the path",
    "method": "the method",
    "provider": "the provider",
    "type": "the event's type",
    "event": "the event",
    "object": "the object",
    "header": "a header",
    "body": "the body",
}


def choose(rules: Sequence[RouteRule], delivery: Delivery, recognition: Recognition) -> Chosen:
    """The routes that a delivery takes, in their order."""
    matching = [rule for rule in rules if rule.filter.meets(delivery, recognition)]
    if not matching:
        return Chosen()
    answering = next((rule for rule in matching if rule.answers), matching[0])
    return Chosen(answering, tuple(rule for rule in matching if rule is not answering))


def choose_by_head(
    rules: Sequence[RouteRule], delivery: Delivery, recognition: Recognition
) -> tuple[bool, RouteRule | None]:
    """Whether the head of a delivery, as `ArrivalFilter.meets_by_head` takes it, tells which route answers it, and that
    route; None where none matches."""
    for rule in _by_precedence(rules):
        met = rule.filter.meets_by_head(delivery, recognition)
        if met is None:
            return False, None
        if met:
            return True, rule
    return True, None


def why_whole(rule: RouteRule) -> str:
    """Why a request for a route cannot be handed over while it arrives; empty where it can."""
    if rule.pace:
        return "has a pace, and what waits for its turn is kept first"
    terms = ", ".join(term.text for term in rule.filter.beyond_head)
    return f"goes by {terms}, which only the whole of a request tells" if terms else ""


def why_all_whole(rules: Sequence[RouteRule], rest: bool) -> tuple[str, ...]:
    """Why no request that takes these routes can be handed over while it arrives, for each route; none where some can.
    `rest` says that there is a handler for what no route takes."""
    found = []
    for rule in _by_precedence(rules):
        why = why_whole(rule)
        if not why:
            return ()
        found.append(f"the route {rule.name} {why}")
        if not rule.pace and not rule.filter.has_head_terms:
            return tuple(found)  # nothing behind it is decided without it
    return () if rest else tuple(found)


def _by_precedence(rules: Sequence[RouteRule]) -> list[RouteRule]:
    """In the order in which they are the one that answers, of those that match."""
    return sorted(rules, key=lambda rule: not rule.answers)


def nearest(rules: Sequence[RouteRule], delivery: Delivery, recognition: Recognition) -> Nearest | None:
    """The route with the fewest terms that fail, of several the one whose path is the most alike; None without any."""
    path = delivery.target.partition("?")[0]

    def far(one: Nearest) -> tuple[int, int]:
        wanted = [term.text.partition(":")[2].strip('"') for term in one.failing if term.key == "path"]
        return len(one.failing), -max((_alike(path, one) for one in wanted), default=0)

    return min((Nearest(rule, rule.filter.failing(delivery, recognition)) for rule in rules), key=far, default=None)


def _alike(path: str, wanted: str) -> int:
    """How many characters a path and a wanted one begin with alike."""
    return next((at for at, (one, other) in enumerate(zip(path, wanted, strict=False)) if one != other), len(wanted))


def why_none(rules: Sequence[RouteRule], delivery: Delivery, recognition: Recognition) -> str:
    """The sentences for a delivery that no route takes."""
    near = nearest(rules, delivery, recognition)
    return f"{NO_ROUTE}. {near.sentence}." if near else f"{NO_ROUTE}."
