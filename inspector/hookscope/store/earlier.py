"""What is remembered around a delivery: those of the same event or object, the furthest of its sender's sequence,
and the last ones at all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter

from hookscope.diagnosis.case import Earlier
from hookscope.model.verdict import Recognition
from hookscope.store.pages import Name, Row, earlier
from hookscope.store.reader import CaptureReader

# The rules look for a repeat, for a newer event, and for a run of failures: a few of each are enough.
RELATED = 10
RECENT = 20
# Deliveries whose numbers lie no further apart are looked up together.
SPAN = 500


class StoreMemory:
    """Remembers what a capture store holds, of one endpoint or (None) of all."""

    def __init__(self, store: CaptureReader, endpoint: str | None = None) -> None:
        self._store = store
        self._endpoint = endpoint

    def related(self, recognition: Recognition, number: int) -> Sequence[Earlier]:
        """Deliveries of the same event or object, and the furthest in the sender's sequence where it counts."""
        known = recognition
        found = self._store.related(
            endpoint=self._endpoint,
            provider=known.provider,
            event_id=known.event_id,
            object_id=known.object_id,
            before=number,
            limit=RELATED,
        )
        if known.sequence is None:
            return found
        furthest = self._store.furthest(endpoint=self._endpoint, provider=known.provider, before=number)
        return sorted({one.number: one for one in (*found, *furthest)}.values(), key=lambda one: one.number)

    def recent(self, number: int) -> Sequence[Earlier]:
        """The last deliveries, whatever they were."""
        return self._store.recent(endpoint=self._endpoint, before=number, limit=RECENT)

    def over(self, asked: Sequence[tuple[Recognition, int]]) -> StoreMemory:
        """The same for many at a time, where they lie near one another: what they share is read once."""
        numbers = [number for _, number in asked]
        if len(numbers) < 2 or max(numbers) - min(numbers) > SPAN:
            return self
        return Glance(self._store, self._endpoint, asked)


class Glance(StoreMemory):
    """What a store remembered at one moment around some deliveries that lie near one another."""

    def __init__(self, store: CaptureReader, endpoint: str | None, asked: Sequence[tuple[Recognition, int]]) -> None:
        super().__init__(store, endpoint)
        first, last = min(number for _, number in asked), max(number for _, number in asked)
        names = {name for one, _ in asked for name in _names(one)}
        self._rows = store.related_rows(names, endpoint=endpoint, before=last, limit=RELATED + last - first)
        self._made: dict[int, Earlier] = {}

    def related(self, recognition: Recognition, number: int) -> Sequence[Earlier]:
        """As of a store."""
        if recognition.sequence is not None:
            return super().related(recognition, number)
        found: dict[int, Row] = {}
        for name in _names(recognition):
            rows = self._rows[name]
            end = bisect_left(rows, number, key=itemgetter(0))
            found.update((row[0], row) for row in rows[max(0, end - RELATED) : end])
        return [self._earlier(found[one]) for one in sorted(found)[-RELATED:]]

    def _earlier(self, row: Row) -> Earlier:
        made = self._made.get(row[0])
        if made is None:
            made = self._made[row[0]] = earlier(row)
        return made


def _names(recognition: Recognition) -> list[Name]:
    """By what related deliveries are found: the event, and the object."""
    named = (("event_id", recognition.event_id), ("object_id", recognition.object_id))
    return [(column, recognition.provider, value) for column, value in named if value]
