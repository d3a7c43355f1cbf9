"""Keeps Python's garbage collector out of the way of keys: what the screen is made of stays,
so it need not be looked at again and again."""

from __future__ import annotations

import gc

# Drawing a frame makes some thousand objects that live for a moment; by default they cause a full collection several
# times a second, and one takes 30 to 60 ms with everything loaded.
YOUNG = 20_000


def settle_memory() -> None:
    """Take all that is loaded now out of the collector's sight; call it once the first frame is drawn."""
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
