"""The capture store for commands that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hookscope.settings import Settings
from hookscope.store.captures import CaptureStore


@contextmanager
def open_captures(settings: Settings) -> Iterator[CaptureStore]:
    """The user's captures, let go of in the end; raises `CannotWrite` or `DamagedFile`."""
    store = CaptureStore.open(settings.places.captures)
    try:
        yield store
    finally:
        store.close()
