"""What happened each time a test sent its delivery: kept, so that a failure can tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.prepare import Prepared
from hookscope_relay.delivery import Answer


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One sending.

    `response` is the framework's own, of which `read` makes an answer; `raised` is what the application raised instead.

    Where both are missing nothing has come back yet. Times are epoch seconds and milliseconds. `is_inside` says that
    there is no proxy between.
    """

    client: str
    words: str
    prepared: Prepared
    request: SentRequest
    url: str
    started_at: float
    is_inside: bool = True
    elapsed_ms: float = 0.0
    response: Any = None  # Any: each framework has its own
    raised: BaseException | None = None
    read: Callable[[Any], Answer | None]

    @property
    def answer(self) -> Answer | None:
        """What came back; None where nothing did, or it cannot be read any more."""
        if self.response is None:
            return None
        try:
            return self.read(self.response)
        except Exception:  # whatever a framework's response raises once it is closed, the report goes on
            return None
