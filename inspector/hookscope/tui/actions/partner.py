"""Which delivery another one is compared with, when nobody names one."""

from __future__ import annotations

from dataclasses import dataclass

from hookscope.diagnosis.case import Earlier
from hookscope.model.summary import Summary
from hookscope.model.verdict import Recognition
from hookscope.tools.filters.language import FilterError, parse
from hookscope.tui.engine.ports import Reader


@dataclass(frozen=True, slots=True)
class Partner:
    """A capture's number, and why it is the one."""

    number: int
    why: str


def find_partner(store: Reader, selected: Summary) -> Partner | None:
    """The one other marked delivery; else the latest before of the same object or event, of the same type, or any."""
    marked = [number for number in store.numbers(parse("is:marked")) if number != selected.number]
    if len(marked) == 1:
        return Partner(marked[0], "the marked one")
    recognition = store.recognition(selected.id)
    if related := _related(store, recognition, selected.number):
        same_event = bool(recognition.event_id) and related.event_id == recognition.event_id
        return Partner(related.number, f"the one before of the same {'event' if same_event else 'object'}")
    if alike := _of_same_type(store, selected):
        return Partner(alike.number, f"the {selected.event_type or selected.provider} before")
    before = store.summaries(limit=1, before=selected.number)
    return Partner(before[0].number, "the one before") if before else None


def find_accepted(store: Reader, selected: Summary) -> Partner | None:
    """The one other marked delivery; else the latest that was accepted, of the same type, to the same path, or any."""
    marked = [number for number in store.numbers(parse("is:marked")) if number != selected.number]
    if len(marked) == 1:
        return Partner(marked[0], "the marked one")
    path = selected.target.partition("?")[0]
    wishes = (
        (f'provider:"{selected.provider}" type:"{selected.event_type}"', f"the latest {selected.event_type} accepted"),
        (f'path:"{path}"', f"the latest accepted at {path}"),
        ("", "the latest accepted"),
    )
    for wish, why in wishes[not (selected.provider and selected.event_type) :]:
        try:
            found = store.summaries(parse(f"status:2xx {wish}"), limit=2)
        except FilterError:  # what a sender made up need not fit the filter language
            continue
        if other := next((one for one in found if one.number != selected.number), None):
            return Partner(other.number, why)
    return None


def _related(store: Reader, recognition: Recognition, before: int) -> Earlier | None:
    found = store.related(
        provider=recognition.provider,
        event_id=recognition.event_id,
        object_id=recognition.object_id,
        before=before,
        limit=1,
    )
    return found[-1] if found else None


def _of_same_type(store: Reader, selected: Summary) -> Summary | None:
    terms = [
        f'{key}:"{value}"' for key, value in (("provider", selected.provider), ("type", selected.event_type)) if value
    ]
    if not terms:
        return None
    try:
        found = store.summaries(parse(" ".join(terms)), limit=1, before=selected.number)
    except FilterError:  # a type that a sender made up need not fit the filter language
        return None
    return found[0] if found else None
