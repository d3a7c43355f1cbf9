"""What is remembered around a delivery: those of the same event or object, the furthest of its sender's sequence, and the last ones at all."""

from __future__ import annotations

from collections.abc import Sequence

from hookscope.diagnosis.case import Earlier
from hookscope.model.verdict import Recognition
from hookscope.store.reader import CaptureReader

# The rules look for a repeat, for a newer event, and for a run of failures: a few of each are enough.
RELATED = 10
RECENT = 20


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
