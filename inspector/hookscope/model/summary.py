"""A summary: one capture as one row of a list, with its latest attempt and its first finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hookscope.model.capture import render_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of a capture. `status` or `failure` is the latest attempt's; both are empty where there is none."""

    number: int
    id: str
    received_at: float
    method: str
    target: str
    origin: str = "live"
    provider: str = ""
    event_type: str = ""
    bytes: int = 0
    owed: bool = False
    attempts: int = 0
    status: int | None = None
    failure: str = ""
    elapsed_ms: float | None = None
    answered_by: str = ""
    verdict: str = ""
    cause: str = ""
    severity: str = ""
    title: str = ""
    marked: bool = False

    def to_mapping(self) -> dict[str, Any]:
        """The row of `hookscope list --json`, keys in the contract's order."""
        return {
            "number": self.number,
            "id": self.id,
            "received_at": render_time(self.received_at),
            "method": self.method,
            "target": self.target,
            "provider": self.provider,
            "event_type": self.event_type,
            **({"failure": self.failure} if self.failure else {"status": self.status}),
            "cause": self.cause,
        }
