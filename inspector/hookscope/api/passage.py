"""A call on its way through the gateway: what was asked, what of the answer has passed, and how it failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import aiohttp

from hookscope.api.directory import Api
from hookscope.model.call import Call
from hookscope.model.capture import Failure, FailureKind
from hookscope_relay.delivery import Answer, Headers

# So much of each body is kept for a call; all of it is passed on.
KEPT_BYTES = 256 * 1024
CONNECT_S = 30.0

# The first that fits names the failure.
FAILURES: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "tls", "the API's certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, "tls", "no TLS connection can be made to the API"),
    (aiohttp.ClientConnectorDNSError, "dns", "the API's host name has no address"),
    (aiohttp.ClientProxyConnectionError, "refused", "the proxy of the environment takes no connection"),
    (aiohttp.ClientHttpProxyError, "refused", "the proxy of the environment refuses the connection"),
    (aiohttp.ConnectionTimeoutError, "timeout", f"no connection to the API within {CONNECT_S:.0f} s"),
    (aiohttp.ClientConnectorError, "refused", "the API takes no connection"),
    (aiohttp.ServerDisconnectedError, "closed", "the API hung up without an answer"),
    (aiohttp.ClientPayloadError, "bad-response", "the API's answer ended before its announced length"),
    (ConnectionResetError, "reset", "the API reset the connection"),
    (aiohttp.ClientOSError, "reset", "the connection to the API broke"),
    (aiohttp.ClientError, "bad-response", "the API's answer is no HTTP that can be read"),
    (OSError, "reset", "the connection to the API broke"),
)


@dataclass(slots=True)
class Passage:
    """One call on its way: what was asked, and what of the answer has passed so far."""

    api: Api
    base: str
    target: str
    method: str
    headers: Headers
    connection: str
    started_at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    body: bytearray = field(default_factory=bytearray)
    body_bytes: int = 0
    status: int = 0
    reason: str = ""
    answer_headers: Headers = ()
    answer: bytearray = field(default_factory=bytearray)
    answer_bytes: int = 0
    first_byte_ms: float | None = None
    failure: Failure | None = None
    abandoned: bool = False
    fault: str = ""
    process: int = 0

    @property
    def elapsed_ms(self) -> float:
        return (time.monotonic() - self.clock) * 1000

    def sent(self, data: bytes) -> None:
        """Note what passed to the API."""
        self.body_bytes += len(data)
        self.body += data[: KEPT_BYTES - len(self.body)]

    def received(self, data: bytes) -> None:
        """Note what passed from the API."""
        self.answer_bytes += len(data)
        self.answer += data[: KEPT_BYTES - len(self.answer)]

    def began(self, status: int, reason: str, headers: Headers) -> None:
        """Note the head of the answer."""
        self.status, self.reason, self.answer_headers = status, reason, headers
        self.first_byte_ms = self.elapsed_ms

    def call(self) -> Call:
        """What there is to tell of it."""
        answered = self.status and self.failure is None
        return Call(
            api=self.api.name,
            base=self.base,
            method=self.method,
            target=self.target,
            started_at=self.started_at,
            headers=self.headers,
            body=bytes(self.body),
            body_bytes=self.body_bytes,
            elapsed_ms=self.elapsed_ms,
            first_byte_ms=self.first_byte_ms,
            answer=Answer(status=self.status, reason=self.reason, headers=self.answer_headers, body=bytes(self.answer))
            if answered
            else None,
            answer_bytes=self.answer_bytes,
            failure=self.failure,
            abandoned=self.abandoned,
            connection=self.connection,
            process=self.process,
            fault=self.fault,
        )


def describe_failure(error: BaseException) -> tuple[FailureKind, str]:
    """What an error of the client to the API means: the kind of failure, and words for it."""
    for kind, name, words in FAILURES:
        if isinstance(error, kind):
            return name, words
    return "bad-response", "hookscope cannot pass the call on: its address is none, or a header of it is not UTF-8"
