"""httpx's AsyncClient: as the synchronous one, and its response is awaited."""

from __future__ import annotations

from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.httpx_client import answer, base, build

__all__ = ["answer", "base", "send"]


def send(client: Any, request: SentRequest) -> Any:
    """An awaitable of the client's response; a redirect is an answer, and is not followed."""
    return client.send(build(client, request), auth=None, follow_redirects=False)
