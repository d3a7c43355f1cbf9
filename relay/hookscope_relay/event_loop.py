"""The event loop that a relay runs on: uvloop's where there is one, which costs about half of asyncio's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# Of what a delivery makes, nothing is left in a circle; the default of 700 looks for such at every tenth.
MADE_BEFORE_A_LOOK = 20_000


def run(main: Coroutine[Any, Any, T]) -> T:  # Any: what a coroutine yields is its own affair
    """As `asyncio.run`."""
    try:
        import uvloop  # noqa: PLC0415  # there is none for Windows
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def settle_memory() -> None:
    """What was made at the start stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE_BEFORE_A_LOOK)
