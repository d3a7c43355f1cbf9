"""httpx's Client and AsyncClient, and so the TestClient of Starlette and FastAPI (of httpx or httpx2)."""

from __future__ import annotations

from typing import Any

from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Answer, header
from hookscope_relay.errors import InputError

# What the library says of itself, and no sender said.
AUTOMATIC = ("accept", "accept-encoding", "connection", "user-agent")


def base(client: Any) -> str:
    """The client's base URL. `InputError` where it has none."""
    url = str(client.base_url).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise InputError(
            "the httpx client has no base URL", 'make it with httpx.Client(base_url="http://localhost:8000")'
        )
    return url


def send(client: Any, request: SentRequest) -> Any:
    """The client's response, of an AsyncClient an awaitable of it; a redirect is an answer, and is not followed."""
    return client.send(build(client, request), auth=None, follow_redirects=False)


def build(client: Any, request: SentRequest) -> Any:
    """The request in the library's own form: headers as bytes,
    and none that the delivery and the client's user did not set."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    built = client.build_request(request.method, "/", content=request.body, headers=headers)
    for name in AUTOMATIC:
        if header(request.headers, name) is None:
            built.headers.pop(name, None)
    built.method = request.method
    root = client.base_url.raw_path.rstrip(b"/")
    built.url = built.url.copy_with(raw_path=root + request.target.encode("latin-1"))
    # Over a connection this is the request line as it stands, where a URL would be written anew.
    built.extensions["target"] = root + request.target.encode("latin-1")
    return built


def answer(response: Any) -> Answer | None:
    """The response as an answer; its body left out where nobody has read it."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
    body = response.content if response.is_closed or hasattr(response, "_content") else b""
    return Answer(status=response.status_code, reason=response.reason_phrase, headers=headers, body=body)
