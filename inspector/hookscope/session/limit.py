"""How long the end of a session may take."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

STOP_WITHIN_S = 1.0


async def within(work: Awaitable[Any], limit_s: float = STOP_WITHIN_S) -> None:  # Any: what comes of it does not matter
    """Wait for work, which is cancelled when the time is up."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await work
