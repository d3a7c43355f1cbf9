"""A request as the WSGI environ that a server would make of it (PEP 3333)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes

from hookscope.model.capture import SentRequest
from hookscope_relay.delivery import Headers

# RFC 9110, 5.3, joins repeats by a comma; Cookie has a separator of its own (RFC 6265, 5.4).
_JOINED_BY = {"HTTP_COOKIE": "; "}
_WITHOUT_PREFIX = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def environ_of(request: SentRequest) -> dict[str, Any]:
    """What an environ says of the request; server, streams and mount point are the caller's.

    Text is latin-1, repeats are joined.
    """
    path, _, query = request.target.partition("?")
    return {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_PROTOCOL": "HTTP/1.1",
        **_variables(request.headers),
        "CONTENT_LENGTH": str(len(request.body)),
    }


def _variables(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        plain = name.upper().replace("-", "_")
        key = plain if plain in _WITHOUT_PREFIX else f"HTTP_{plain}"
        found[key] = f"{found[key]}{_JOINED_BY.get(key, ',')}{value}" if key in found else value
    return found
