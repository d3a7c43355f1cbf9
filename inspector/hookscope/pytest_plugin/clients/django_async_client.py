"""Django's AsyncClient and AsyncRequestFactory: requests as ASGI scopes, in which repeated headers stay apart."""

from __future__ import annotations

from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.asgi import head_of
from hookscope.pytest_plugin.clients.django_client import answer

__all__ = ["answer", "base", "send"]


def base(client: Any) -> str:
    """Scheme and host that Django's ASGI requests have in tests."""
    return "http://testserver"


def send(client: Any, request: SentRequest) -> Any:
    """An awaitable of the client's response; for a factory the request itself."""
    # Imported only where the client is Django's, which has no type hints.
    from django.test.client import FakePayload  # type: ignore[import-untyped]

    head = head_of(request)
    headers = head["headers"]
    names = {name for name, _ in headers}
    # The headers that the client was made with, which it hands on only by another way; Django keeps them under their
    # WSGI names.
    defaults = [
        (name.removeprefix("HTTP_").lower().replace("_", "-").encode("latin-1"), value.encode("latin-1"))
        for name, value in client.defaults.items()
        if isinstance(value, str)
    ]
    headers += [pair for pair in defaults if pair[0] not in names]
    if b"host" not in names:
        headers.insert(0, (b"host", b"testserver"))
    return client.request(
        method=request.method,
        path=head["path"],
        query_string=head["query_string"].decode("latin-1"),
        server=("127.0.0.1", "80"),
        scheme="http",
        headers=headers,
        _body_file=FakePayload(request.body),
    )
