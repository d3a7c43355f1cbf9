"""aiohttp's TestClient, as the fixture `aiohttp_client` of pytest-aiohttp makes it.

aiohttp writes header text as UTF-8, and knows repeats of a header only in one spelling: the first one's.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Answer, Headers

AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

# What is read at once, so that a failure can show it; beyond it nobody has asked for the body yet.
MAX_READ_BYTES = 256 << 10


def base(client: Any) -> str:
    """The URL of the client's server."""
    return str(client.make_url("/")).rstrip("/")


async def send(client: Any, request: SentRequest) -> Any:
    """The response, its body read where it is short and its length known: `read`, `text` and `json` give it as ever."""
    from yarl import URL  # comes with aiohttp

    response = await client.session.request(
        request.method,
        URL(base(client) + request.target, encoded=True),
        # A stream: of bytes above 1 MiB aiohttp warns.
        data=BytesIO(request.body) if request.body else None,
        headers=one_spelling(request.headers),
        skip_auto_headers=AUTOMATIC,
        allow_redirects=False,
    )
    if (response.content_length or 0) <= MAX_READ_BYTES and response.content_length is not None:
        await response.read()
    return response


def one_spelling(headers: Headers) -> list[tuple[str, str]]:
    """The headers with the repeats of a name spelt as its first."""
    spelt: dict[str, str] = {}
    return [(spelt.setdefault(name.lower(), name), value) for name, value in headers]


def answer(response: Any) -> Answer | None:
    """The response as an answer; its body left out where nobody has read it."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
    return Answer(
        status=response.status,
        reason=response.reason or "",
        headers=headers,
        body=getattr(response, "_body", None) or b"",
    )
