"""The event loop that a relay runs on: uvloop's where there is one, which costs about half of asyncio's own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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
