"""What a failure says: who did not answer, and how far the attempt came.

A crash, a handler that closes its socket, HAProxy's silent reject and plain HTTP sent to a TLS port all look like a
closed connection; the alternatives say which cannot be excluded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hookscope.diagnosis import conditions
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.urls import port_of, split
from hookscope.model.capture import STOPPED, Failure
from hookscope.model.finding import Evidence, Layer

CLOSED_CAUSES = (
    "closed-without-response",
    "app-exception",
    "process-crash",
    "connection-reset",
    "response-timeout",
    "proxy-rule-denied",
    "plain-on-tls",
)
TLS_PORTS = frozenset({443, 8443, 9443, 4443, 5001, 7443})

_UNTRUSTED = re.compile(
    r"not trusted|certificate.?verify.?failed|self.?signed|unable to get (local )?issuer|hostname|has expired|unknown ca",
    re.I,
)
_CLIENT_CERTIFICATE = re.compile(r"certificate.?required|bad.?certificate|handshake.?failure", re.I)
_HANDSHAKE_CLOSED = re.compile(r"unexpected.?eof|eof occurred|connection reset|hung up", re.I)
_ON_IPV6 = re.compile(r"but something does on \[::1\]")
_DIED = re.compile(r"nothing listens there any more")
_PROTOCOL = re.compile(r"no.application.protocol", re.I)
_CONNECTING = re.compile(r"\bconnect|looking up", re.I)
_RESPONSE = re.compile(r"response|answer|head|byte|read", re.I)
_CHUNK = re.compile(r"chunk", re.I)
_LENGTH = re.compile(
    r"content.?length.*(short|mismatch|differ|fewer|less|incomplete)|incomplete (read|body)|bytes missing|short body|after \d+ of \d+ bytes of the answer's body",
    re.I,
)
_HEADERS = re.compile(r"header.*(too (large|long|many)|exceed|limit)|too many headers|line too long", re.I)
_TLS_RECORD = re.compile(r"port speaks TLS|\\x15\\x03|\x15\x03|1503")
_HTTP2 = re.compile(r"\\x00\\x00.{0,12}\\x04|PRI \* HTTP/2|http/2|h2c", re.I)
_CUT_CHUNKED = re.compile(r"after \d+ bytes of the answer's body")
_OTHER_PROTOCOL = re.compile(r"is not HTTP/1|bytes received start with", re.I)
_UPGRADE = re.compile(r"switches protocols|\b101\b")
_HTTP1 = re.compile(r"HTTP/1|status line|status code|header", re.I)
_HTTP2_ONLY = "The port speaks TLS, but refused what was offered over it (http/1.1, then h2, in ALPN): let it take either, or forward to its HTTP port"
_GRPC = "The port speaks HTTP/2 without TLS (a gRPC port?): forward to its HTTP/1.1 port"


def read(case: Case, failure: Failure) -> Reading:
    """The reading of a failed attempt."""
    if failure == STOPPED:
        return _stopped(failure)
    reading = _asked_too_much(case, failure) or _KINDS[failure.kind](case, failure)
    waited = f" after {case.attempt.elapsed_ms:.0f} ms" if case.attempt else ""
    fact = Evidence(f"{failure.kind}{waited}: {failure.detail[:200]}".rstrip(": "), "failure", 0, len(failure.detail))
    return Reading(
        cause=reading.cause,
        layer=reading.layer,
        confidence=reading.confidence,
        alternatives=reading.alternatives,
        evidence=(fact, *reading.evidence),
        hint=reading.hint,
    )


def _stopped(failure: Failure) -> Reading:
    return Reading(
        cause="tunnel-down",
        layer="tunnel",
        confidence=0.99,
        evidence=(Evidence(failure.detail, "failure", 0, len(failure.detail)),),
        title="hookscope was stopped while your handler had the delivery in hand",
        hint="Start `hookscope listen` again and replay it: what your handler would have answered is not known, and it may"
        " have done its work",
    )


def _asked_too_much(case: Case, failure: Failure) -> Reading | None:
    """A connection that broke over a request whose head few servers take, and many hang up on without a word."""
    if failure.kind not in {"reset", "closed", "bad-response"}:
        return None
    if conditions.long_target(case) and not conditions.long_header(case):
        return _found("uri-too-long", "framework", 0.6, "connection-reset", "closed-without-response")
    if conditions.long_header(case):
        return _found("header-too-large", "framework", 0.6, "connection-reset", "closed-without-response")
    return None


def _found(cause: str, layer: Layer, confidence: float, *alternatives: str, hint: str = "") -> Reading:
    return Reading(cause=cause, layer=layer, confidence=confidence, alternatives=alternatives, hint=hint)


def _refused(case: Case, failure: Failure) -> Reading:
    if any(probe.answer is not None and "[" in probe.handler_url for probe in case.probes):
        return _found("ipv6-only-listener", "transport", 0.98)
    if _ON_IPV6.search(failure.detail):
        return _found("ipv6-only-listener", "transport", 0.97)
    name = split(case.url).name
    if name.startswith("127.") or name in {"localhost", ""}:
        return _found("connection-refused", "transport", 0.9, "ipv6-only-listener")
    return _found("connection-refused", "transport", 0.97)


def _timeout(case: Case, failure: Failure) -> Reading:
    detail = failure.detail
    if "TLS handshake" in detail:
        return _found("tls-on-plain", "transport", 0.8, "connect-timeout")
    if _CONNECTING.search(detail) or (detail and not _RESPONSE.search(detail)):
        return _found("connect-timeout", "transport", 0.85)
    if "body of the answer" in detail:
        return _found("response-timeout", "handler", 0.95)
    return _found("response-timeout", "handler", 0.85, "proxy-rule-denied", "request-timeout")


def _tls(case: Case, failure: Failure) -> Reading:
    detail = failure.detail
    if _UNTRUSTED.search(detail):
        return _found("tls-certificate-untrusted", "transport", 0.97)
    if _PROTOCOL.search(detail):  # RFC 7301: it speaks TLS, and none of the protocols that were offered
        return _found("not-http", "transport", 0.93, "upstream-tls-mismatch", hint=_HTTP2_ONLY)
    if _CLIENT_CERTIFICATE.search(detail):
        return _found("client-cert-required", "transport", 0.7, "tls-on-plain")
    if "speaks plain HTTP: " in detail:
        return _found("tls-on-plain", "transport", 0.99)
    if _HANDSHAKE_CLOSED.search(detail):
        return _found("tls-on-plain", "transport", 0.8, "host-route-mismatch", "connection-reset")
    return _found("tls-on-plain", "transport", 0.95)


def _reset(case: Case, failure: Failure) -> Reading:
    if _DIED.search(failure.detail):
        return _found("process-crash", "handler", 0.95)
    if not case.local:
        return _found("host-route-mismatch", "reverse-proxy", 0.6, "connection-reset", "plain-on-tls")
    if _plain_to_tls_port(case):
        return _found("plain-on-tls", "transport", 0.6, "connection-reset", "host-route-mismatch")
    return _found(
        "connection-reset", "transport", 0.7, *(cause for cause in CLOSED_CAUSES if cause != "connection-reset")
    )


def _closed(case: Case, failure: Failure) -> Reading:
    if _DIED.search(failure.detail):
        return _found("process-crash", "handler", 0.95)
    waited = case.attempt.elapsed_ms if case.attempt else 0.0
    if _CHUNK.search(failure.detail) or _CUT_CHUNKED.search(failure.detail):
        return _found("invalid-chunked", "transport", 0.9)
    if _LENGTH.search(failure.detail):
        return _found("content-length-mismatch", "transport", 0.9)
    first: tuple[str, Layer] = ("closed-without-response", "handler")
    if "reset" in failure.detail.lower():
        first = ("connection-reset", "transport")
    elif _plain_to_tls_port(case):
        first = ("plain-on-tls", "transport")
    elif waited >= 1000:
        first = ("response-timeout", "framework")
    cause, layer = first
    parsed = ("bad-json",) if case.request.state == "broken" else ()
    return _found(cause, layer, 0.5, *(other for other in CLOSED_CAUSES if other != cause), *parsed)


@dataclass(frozen=True, slots=True)
class FailureSaying:
    """What the forwarder's words about a broken answer mean."""

    pattern: re.Pattern[str]
    reading: Reading


BROKEN: tuple[FailureSaying, ...] = (
    FailureSaying(_CHUNK, _found("invalid-chunked", "transport", 0.9)),
    FailureSaying(_LENGTH, _found("content-length-mismatch", "transport", 0.9)),
    FailureSaying(_HEADERS, _found("response-headers-too-large", "handler", 0.9)),
    FailureSaying(_TLS_RECORD, _found("plain-on-tls", "transport", 0.9)),
    FailureSaying(_HTTP2, _found("not-http", "transport", 0.9, "upstream-bad-response", hint=_GRPC)),
    FailureSaying(_UPGRADE, _found("unexpected-upgrade", "handler", 0.95)),
    FailureSaying(_OTHER_PROTOCOL, _found("not-http", "transport", 0.85, "upstream-bad-response")),
    FailureSaying(_HTTP1, _found("malformed-response", "handler", 0.8, "not-http")),
    FailureSaying(re.compile(""), _found("not-http", "transport", 0.85, "upstream-bad-response")),
)
"""In order: the first that is found."""


def _bad_response(case: Case, failure: Failure) -> Reading:
    return next(saying.reading for saying in BROKEN if saying.pattern.search(failure.detail))


def _dns(case: Case, failure: Failure) -> Reading:
    return _found("host-unresolved", "transport", 0.99)


def _too_large(case: Case, failure: Failure) -> Reading:
    if _HEADERS.search(failure.detail) or "head of the answer" in failure.detail:
        return _found("response-headers-too-large", "handler", 0.95)
    return _found("response-too-large", "handler", 0.97)


def _plain_to_tls_port(case: Case) -> bool:
    return not case.url.startswith("https:") and port_of(case.url) in TLS_PORTS


_KINDS = {
    "refused": _refused,
    "timeout": _timeout,
    "tls": _tls,
    "reset": _reset,
    "closed": _closed,
    "bad-response": _bad_response,
    "dns": _dns,
    "too-large": _too_large,
}
