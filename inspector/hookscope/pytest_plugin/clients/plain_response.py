"""The response of an application that is called without a test client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hookscope_relay.delivery import Answer, Headers, header


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainResponse:
    """What a WSGI or ASGI application answered."""

    status_code: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, its name in any case; empty where it is absent."""
        return header(self.headers, name) or ""

    @property
    def text(self) -> str:
        """The body read as UTF-8; what is none is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:  # Any: JSON is of every type
        """The body as JSON; ValueError where it is none."""
        return json.loads(self.body)


def answer(response: PlainResponse) -> Answer | None:
    """The response as an answer."""
    return Answer(status=response.status_code, reason=response.reason, headers=response.headers, body=response.body)
