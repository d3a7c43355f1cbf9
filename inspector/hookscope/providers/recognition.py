"""Who sent a delivery, and what it says happened: from evidence, with a confidence.

Pieces of evidence for one provider add up (the chance that all mislead). Headers, the user agent and the query are
looked at for every delivery; the body is parsed once, and only up to 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from hookscope.model.verdict import Recognition
from hookscope.providers.clocks import read_time
from hookscope.providers.facts import Facts, as_text, descend
from hookscope.providers.handshake import name_handshake
from hookscope.providers.provider import EventFields, Provider, Sign
from hookscope.providers.registry import Providers
from hookscope_relay.delivery import Delivery

MAX_FACT = 500
CERTAIN = 0.99
LEAST_CONFIDENCE = 0.3
# What a column of SQLite holds.
SEQUENCE_DIGITS = 18


# A provider, a sign of it, and that in words.
Entry: TypeAlias = "tuple[str, Sign, str]"


class _Index:
    """The evidence of all providers, by what is looked at first: a header, the user agent,
    or the first step of a place in the body."""

    def __init__(self, providers: Providers) -> None:
        self.by_header: dict[str, list[Entry]] = {}
        # By the first character of the agent.
        self.by_agent: dict[str, list[Entry]] = {}
        self.by_step: dict[str, list[Entry]] = {}
        self.rest: list[Entry] = []
        for provider in providers:
            for sign in provider.recognise:
                self._add((provider.name, sign, _words(sign)))

    def _add(self, entry: Entry) -> None:
        sign = entry[1]
        place = sign.body[0] if sign.body else sign.body_value
        if sign.header:
            self.by_header.setdefault(sign.header.lower(), []).append(entry)
        elif sign.user_agent:
            self.by_agent.setdefault(sign.user_agent[:1], []).append(entry)
        elif place:
            self.by_step.setdefault(place.partition("=")[0].partition(".")[0], []).append(entry)
        else:
            self.rest.append(entry)

    def fitting(self, facts: Facts) -> Iterator[Entry]:
        """The evidence that may hold; what is left out does not."""
        for header in facts.headers:
            yield from self.by_header.get(header, ())
        yield from self.by_agent.get(facts.header("user-agent")[:1], ())
        body = facts.json
        steps = body.keys() if isinstance(body, dict) else {"0"} if isinstance(body, list) else set()
        if not self.by_step.keys().isdisjoint(steps):
            yield from (entry for step, entries in self.by_step.items() if step in steps for entry in entries)
        yield from self._of_fields(facts)

    def _of_fields(self, facts: Facts) -> Iterator[Entry]:
        """The evidence of a query, of a form, and what asks nothing."""
        media = facts.header("content-type").lower()
        has_query, has_form = "?" in facts.delivery.target, "form" in media or "urlencoded" in media
        for entry in self.rest:
            if (has_query or not entry[1].query) and (has_form or not entry[1].form):
                yield entry


def recognise(delivery: Delivery, providers: Providers, pinned: str = "") -> Recognition:
    """The provider and event of a delivery; `pinned` names the provider where the user knows it.

    Empty where nobody fits.
    """
    facts = Facts(delivery)
    if pinned and (provider := providers.get(pinned)) is not None:
        return _recognition(provider, 1.0, "pinned", facts)
    name, confidence, evidence = _best(facts, providers)
    found = providers.get(name) if name else None
    if found is None or confidence < LEAST_CONFIDENCE:
        return Recognition()
    return _recognition(found, confidence, evidence, facts)


def _best(facts: Facts, providers: Providers) -> tuple[str, float, str]:
    doubts: dict[str, float] = {}
    evidence: dict[str, list[str]] = {}
    for name, sign, words in _index(providers).fitting(facts):
        if _holds(sign, facts):
            doubts[name] = doubts.get(name, 1.0) * (1 - sign.confidence)
            evidence.setdefault(name, []).append(words)
    if not doubts:
        return "", 0.0, ""
    name = min(doubts, key=lambda candidate: (doubts[candidate], candidate)) if len(doubts) > 1 else next(iter(doubts))
    return name, min(round(1 - doubts[name], 2), CERTAIN), ", ".join(evidence[name])


def _index(providers: Providers) -> _Index:
    if not isinstance(providers.recognition_index, _Index):
        providers.recognition_index = _Index(providers)
    return providers.recognition_index


def _holds(sign: Sign, facts: Facts) -> bool:
    if sign.value and not facts.header(sign.header).startswith(sign.value):
        return False
    if sign.user_agent and not facts.header("user-agent").startswith(sign.user_agent):
        return False
    if sign.query and not _has_query(sign, facts):
        return False
    if sign.form and not all(_has_field(field, facts) for field in sign.form):
        return False
    return not (sign.body or sign.body_value) or _has_body(sign, facts.json)


def _has_body(sign: Sign, body: Any) -> bool:
    if body is None or any(descend(body, path) is None for path in sign.body):
        return False
    if sign.alone and not (isinstance(body, dict) and len(body) == len(sign.body)):
        return False
    path, _, wanted = sign.body_value.partition("=")
    return not path or as_text(descend(body, path)) == wanted


def _has_query(sign: Sign, facts: Facts) -> bool:
    values = facts.query.get(sign.query)
    if not values:
        return False
    return sign.query_digits is None or sign.query_digits == values[0].isdigit()


def _has_field(field: str, facts: Facts) -> bool:
    name, mark, beginning = field.partition("=")
    values = facts.form.get(name, ())
    return any(value.startswith(beginning) for value in values) if mark else bool(values)


def _words(sign: Sign) -> str:
    parts = [f"header {sign.header}"] if sign.header else []
    parts += [f"user agent {sign.user_agent}"] if sign.user_agent else []
    parts += [f"query {sign.query}"] if sign.query else []
    parts += ["form with " + ", ".join(sign.form)] if sign.form else []
    parts += ["body with " + ", ".join(sign.body)] if sign.body else []
    return " and ".join(parts)


def _recognition(provider: Provider, confidence: float, evidence: str, facts: Facts) -> Recognition:
    event = provider.event
    return Recognition(
        provider=provider.name,
        confidence=confidence,
        evidence=evidence,
        event_id=first_fact(event.id, facts),
        event_type=first_fact(event.type, facts),
        event_at=_event_time(event, facts),
        object_id=first_fact(event.object, facts),
        attempt_number=_number(first_fact(event.attempt, facts), 5),
        sequence=_sequence(event, facts),
        handshake=name_handshake(provider, facts),
    )


def first_fact(places: tuple[str, ...], facts: Facts) -> str:
    """The first place's text that is there, cut to a sane length; `a + b` joins with a dot what is there of both."""
    for place in places:
        if " + " in place:
            text = ".".join([text for part in place.split(" + ") if (text := facts.text(part))])
        else:
            text = facts.text(place)
        if text:
            return text[:MAX_FACT]
    return ""


def _sequence(event: EventFields, facts: Facts) -> tuple[int, int] | None:
    """The first and the last number; nothing for what no count of events is."""
    first = _number(first_fact(event.sequence, facts), SEQUENCE_DIGITS)
    if not first:
        return None
    last = _number(first_fact(event.sequence_last, facts), SEQUENCE_DIGITS)
    return first, max(first, last or first)


def _number(text: str, digits: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _event_time(event: EventFields, facts: Facts) -> float | None:
    text = first_fact(event.at, facts)
    at = read_time(text) if text else None
    return at if at is not None and abs(at) < 1e11 else None
