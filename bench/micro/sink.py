"""A sender's transport that takes everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Sink(asyncio.Transport):
    """Says when something is written to it."""

    def __init__(self, wrote: Callable[[], object]) -> None:
        super().__init__({"peername": ("127.0.0.1", 4000)})
        self._wrote = wrote

    def write(self, data: Any) -> None:
        self._wrote()

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass
