"""The bounded search for mistakes: changes key, message, address, algorithm and body, singly and then two at a time.

A candidate counts only if it makes a digest that was received, or passes the public key's check: an explanation is a
proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hookscope.model.secret import Secret
from hookscope.providers.provider import Provider, Scheme
from hookscope.signatures.material import Material
from hookscope.signatures.mistakes.budget import Budget, Exhausted, Meter
from hookscope.signatures.mistakes.changes import body_changes, covers_body
from hookscope.signatures.mistakes.of_headers import Faults, read_leniently, stated_times
from hookscope.signatures.mistakes.of_signed_messages import search_messages
from hookscope.signatures.mistakes.of_tokens import search_jwt, search_token
from hookscope.signatures.mistakes.trial import Trial

KEPT_BODY_BYTES = 24 << 20
MAX_SECRETS = 5
MAX_TIMES = 3

FIRST_PHASES = (Trial.unbound_body, Trial.as_it_is)
LAST_PHASES = (Trial.expanded_secret, Trial.likely_pairs, Trial.cut_secret, Trial.lost_digits, Trial.all_pairs)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found: explanations, each one fault or more as (mistake id, detail), best first;
    and what it ruled out.

    `holds` says that the signature is right as it is, so that whatever was refused lies elsewhere.
    """

    explanations: tuple[Faults, ...]
    ruled_out: tuple[str, ...]
    tried: int
    holds: bool = False


def search(
    provider: Provider,
    schemes: Sequence[Scheme],
    secrets: Sequence[Secret],
    others: Sequence[Secret],
    material: Material,
    budget: Budget,
    clock: Callable[[], float],
    progress: Callable[[int], None] | None = None,
) -> SearchResult:
    """Search the mistakes, those of the first scheme being the ones asked for,
    until one explains what was received or the budget is spent.

    The likely ones are tried with every scheme and secret before the less likely ones are with any.
    """
    meter = Meter(budget, clock, progress, clock())
    try:
        questions: list[Trial] = []
        for scheme in schemes:
            for secret in secrets[:MAX_SECRETS]:
                rest = [one for one in (*secrets, *others) if one.value != secret.value]
                questions += _questions(provider, scheme, secret, rest, material, meter, schemes[0])
        _answer(questions, meter)
    except Exhausted:
        if not meter.found:
            meter.ruled_out.append(f"the search stopped at its limit, after {meter.tried - 1} candidates")
    forms = [f"{part}, in {count} other forms" for part, count in meter.forms.items()]
    ruled_out = () if meter.found or meter.holds else tuple(dict.fromkeys((*forms, *meter.ruled_out)))
    return SearchResult(tuple(sorted(meter.found, key=_unlikeliness)[:4]), ruled_out, meter.tried, meter.holds)


def _unlikeliness(faults: Faults) -> tuple[int, bool]:
    """Fewer mistakes are likelier; and a newline between message and end is likelier the body's than a separator."""
    return len(faults), any(mistake == "message-separator" and "\\n" in detail for mistake, detail in faults)


def _questions(
    provider: Provider,
    scheme: Scheme,
    secret: Secret,
    rest: Sequence[Secret],
    material: Material,
    meter: Meter,
    judged: Scheme,
) -> Iterator[Trial]:
    """What to search with one scheme and secret: one question a stated timestamp.

    Tokens, with their few mistakes, are searched at once.
    """
    if scheme.kind in ("jws", "http-message"):
        for faults in search_messages(provider, scheme, secret, rest, material, meter.tick) if not meter.found else ():
            meter.find(faults)
        return
    if scheme.kind in ("token", "basic", "jwt"):
        look = search_jwt if scheme.kind == "jwt" else search_token
        for faults in look(provider, scheme, secret, rest, material, meter.tick) if not meter.found else ():
            meter.find(faults)
        return
    readings = read_leniently(scheme, material.facts)
    for timestamp in stated_times(scheme, material.facts)[:MAX_TIMES]:
        start = material.but(timestamp=timestamp.encode("latin-1", "replace"))
        if readings and scheme.items:
            start.item = readings[0].item
            readings = [reading for reading in readings if reading.item is start.item]
        if scheme.id:
            start.id = material.look(scheme.id).encode("latin-1", "replace")
        yield Trial(provider, scheme, secret, rest, start, readings, meter, judged)


def _answer(questions: Sequence[Trial], meter: Meter) -> None:
    """Find the explanations of the least number of mistakes: of form alone, single ones, pairs."""
    _in_turn(FIRST_PHASES, questions, meter)
    _single_mistakes(questions, meter)
    _in_turn(LAST_PHASES, questions, meter)


def _in_turn(phases: Sequence[Callable[[Trial], None]], questions: Sequence[Trial], meter: Meter) -> None:
    """One phase after the other, each with every question, until something is found."""
    for phase in phases:
        for question in questions:
            if meter.found or meter.holds:
                return
            if not question.is_settled:
                phase(question)


def _single_mistakes(questions: Sequence[Trial], meter: Meter) -> None:
    """All single mistakes, though one be found; those of the body, which cost most,
    last and with every question in one go."""
    if meter.found or meter.holds:
        return
    open_ones = [question for question in questions if not question.is_settled]
    for question in open_ones:
        question.single()
    of_body = [question for question in open_ones if covers_body(question.scheme, question.material)]
    kept = count = 0
    for change in body_changes(of_body[0].material) if of_body else ():
        count += 1
        kept += len(change.value)
        for question in of_body:
            question.try_body(change, kept <= KEPT_BODY_BYTES)
    meter.rule_out("the body", count)
