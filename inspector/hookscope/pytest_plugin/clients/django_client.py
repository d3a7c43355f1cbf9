"""Django's test client (and what is made of it, such as that of Django REST framework), and its RequestFactory."""

from __future__ import annotations

from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.environ import environ_of
from hookscope_relay.delivery import Answer


def base(client: Any) -> str:
    """Scheme and host of the client's defaults; Django's own are `http://testserver`."""
    defaults = client.defaults
    host = defaults.get("HTTP_HOST") or defaults.get("SERVER_NAME") or "testserver"
    return f"{defaults.get('wsgi.url_scheme', 'http')}://{host}"


def send(client: Any, request: SentRequest) -> Any:
    """The client's response; for a RequestFactory the request, for a view to be called with."""
    # Imported only where the client is Django's, which has no type hints.
    from django.test.client import FakePayload  # type: ignore[import-untyped]

    return client.request(**environ_of(request), **{"wsgi.input": FakePayload(request.body)})


def answer(response: Any) -> Answer | None:
    """The response as an answer; its body left out where it is streamed.

    None for a request, which a RequestFactory makes.
    """
    if not hasattr(response, "status_code"):
        return None
    body = b"" if getattr(response, "streaming", False) else response.content
    return Answer(
        status=response.status_code, reason=response.reason_phrase, headers=tuple(response.items()), body=body
    )
