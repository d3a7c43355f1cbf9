"""A WSGI application, called as a server would (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

from hookscope.model.capture import SentRequest
from hookscope.pytest_plugin.clients.environ import environ_of
from hookscope.pytest_plugin.clients.plain_response import PlainResponse, answer

__all__ = ["answer", "base", "send"]


def base(client: Any) -> str:
    """The URL that we let the application believe in."""
    return "http://testserver"


def send(client: Any, request: SentRequest) -> PlainResponse:
    """The application's whole response. What it raises is raised."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        if exc_info and written:
            raise exc_info[1]
        started[:] = [(status, list(headers))]
        return written.append

    chunks = client(_environ(request), start_response)
    try:
        written.extend(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    if not started:
        raise AssertionError("the application did not call start_response")
    code, _, reason = started[0][0].partition(" ")
    return PlainResponse(status_code=int(code), reason=reason, headers=tuple(started[0][1]), body=b"".join(written))


def _environ(request: SentRequest) -> dict[str, Any]:
    environ = environ_of(request)
    environ.setdefault("HTTP_HOST", "testserver")
    return {
        **environ,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
