"""Ask an API for something, once: over TLS that is verified, through the proxies of the environment, following no
redirect."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import urllib.error
import urllib.request

from hookscope.config.authorities import trusting
from hookscope.model.call import Call
from hookscope.model.capture import Failure, FailureKind
from hookscope_relay.delivery import Answer, Headers

WITHIN_S = 20.0
READ_BYTES = 1024 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def ask(name: str, base: str, method: str, target: str, headers: Headers, body: bytes = b"") -> Call:
    """The call with its answer, or why there is none."""
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting()), _NoRedirect())
    request = urllib.request.Request(base + target, data=body or None, method=method, headers=dict(headers))  # noqa: S310 - parse_apis lets https through, and http on this machine only
    began, clock = time.time(), time.monotonic()
    answer: Answer | None = None
    failure: Failure | None = None
    try:
        with opener.open(request, timeout=WITHIN_S) as response:
            answer = _answer(response)
    except urllib.error.HTTPError as error:
        with error:
            answer = _answer(error)
    except ValueError:
        pass  # a header that cannot be sent, such as a token with a line break: what is wrong with it is for the judge
    except (OSError, http.client.HTTPException) as error:
        failure = Failure(kind=_kind(error), detail=str(getattr(error, "reason", error)) or type(error).__name__)
    return Call(
        api=name,
        base=base,
        method=method,
        target=target,
        started_at=began,
        elapsed_ms=(time.monotonic() - clock) * 1000,
        headers=headers,
        body=body,
        body_bytes=len(body),
        answer=answer,
        answer_bytes=len(answer.body) if answer else 0,
        failure=failure,
    )


def _answer(response: http.client.HTTPResponse | urllib.error.HTTPError) -> Answer:
    headers = tuple(response.headers.items())
    return Answer(
        status=response.status or 0, reason=response.reason or "", headers=headers, body=response.read(READ_BYTES)
    )


def _kind(error: BaseException) -> FailureKind:
    reason = getattr(error, "reason", error)
    kinds: tuple[tuple[type[BaseException], FailureKind], ...] = (
        (ssl.SSLError, "tls"),
        (socket.gaierror, "dns"),
        (TimeoutError, "timeout"),
        (ConnectionRefusedError, "refused"),
        (http.client.HTTPException, "bad-response"),
    )
    return next((kind for type_, kind in kinds if isinstance(reason, type_)), "reset")
