"""Werkzeug's test client, and so Flask's."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.environ import environ_of
from hookscope_relay.delivery import Answer

# A streamed response is read for the report only where its end is in sight.
MAX_READ_BYTES = 1 << 20


def base(client: Any) -> str:
    """Scheme and host as the application is configured; `http://localhost` where it says nothing."""
    config = getattr(client.application, "config", None)
    if not isinstance(config, dict):
        return "http://localhost"
    return f"{config.get('PREFERRED_URL_SCHEME') or 'http'}://{config.get('SERVER_NAME') or 'localhost'}"


def send(client: Any, request: SentRequest) -> Any:
    """The client's response. The target goes past the client's own parsing, which takes `//x` for a host."""
    return client.open(
        path="/",
        method=request.method,
        input_stream=BytesIO(request.body),
        environ_overrides=environ_of(request),
    )


def answer(response: Any) -> Answer | None:
    """The response as an answer; its body left out where it is a stream of unknown length."""
    length = response.content_length
    is_bounded = response.is_sequence or (length is not None and length <= MAX_READ_BYTES)
    status, _, reason = response.status.partition(" ")
    return Answer(
        status=int(status),
        reason=reason.title(),
        headers=tuple(response.headers.to_wsgi_list()),
        body=response.get_data() if is_bounded else b"",
    )
