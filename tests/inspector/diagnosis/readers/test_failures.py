from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from factories import NOW
from hookscope.diagnosis.attribute import likeliest
from hookscope.diagnosis.case import Case
from hookscope.model.capture import STOPPED, Attempt, Failure, FailureKind
from hookscope_relay.delivery import Answer

FAILURES: list[tuple[str, str, dict[str, Any], str]] = [
    ("tls", "127.0.0.1:3000 speaks plain HTTP: use http://", {}, "tls-on-plain"),
    ("tls", "_ssl.c:989: The handshake operation timed out", {}, "tls-on-plain"),
    ("tls", "the certificate of localhost is not trusted (hostname mismatch)", {}, "tls-certificate-untrusted"),
    ("tls", "tlsv13 alert certificate required", {}, "client-cert-required"),
    ("timeout", "timed out", {}, "connect-timeout"),
    ("timeout", "no answer within 3 s: still in the TLS handshake with x", {}, "tls-on-plain"),
    ("timeout", "no complete response head within 3s (0 bytes received)", {}, "response-timeout"),
    (
        "timeout",
        "no answer within 3 s: still reading the body of the answer, 7 of 100 bytes so far",
        {},
        "response-timeout",
    ),
    ("reset", "reset", {"base": "http://tunnel.example"}, "host-route-mismatch"),
    ("reset", "reset", {"base": "http://127.0.0.1:8443"}, "plain-on-tls"),
    ("closed", "x closed the connection without an answer", {"elapsed_ms": 2500.0}, "response-timeout"),
    ("closed", "x closed the connection without an answer", {"base": "http://127.0.0.1:8443"}, "plain-on-tls"),
    ("closed", "x closed the connection without an answer, and nothing listens there any more", {}, "process-crash"),
    ("reset", "x reset the connection, and nothing listens there any more", {}, "process-crash"),
    ("closed", "EOF; upload: ConnectionResetError", {}, "connection-reset"),
    ("closed", "x closed the connection after 6 of 500 bytes of the answer's body", {}, "content-length-mismatch"),
    ("closed", "x closed the connection after 6 bytes of the answer's body", {}, "invalid-chunked"),
    ("bad-response", "bytes received start with b'\\x00\\x00\\x00\\x04'", {}, "not-http"),
    ("bad-response", "the answer switches protocols (101), which nobody asked for", {}, "unexpected-upgrade"),
    ("bad-response", "the answer is not valid HTTP/1.1: illegal header line", {}, "malformed-response"),
    ("too-large", "the head of the answer is larger than 65536 bytes", {}, "response-headers-too-large"),
]


@pytest.mark.parametrize(("kind", "detail", "values", "cause"), FAILURES)
def test_what_a_failure_says(
    make_case: Callable[..., Case], kind: FailureKind, detail: str, values: dict[str, Any], cause: str
) -> None:
    reading = likeliest(make_case(failure=Failure(kind=kind, detail=detail), **values))
    assert reading is not None
    assert reading.cause == cause
    assert reading.cause not in reading.alternatives


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_every_kind_has_a_reading_without_a_detail(make_case: Callable[..., Case], kind: FailureKind) -> None:
    assert likeliest(make_case(failure=Failure(kind=kind))) is not None


def test_a_probe_of_the_ipv6_address_proves_the_listener(make_case: Callable[..., Case]) -> None:
    probe = Attempt(
        number=2, origin="probe", handler_url="http://[::1]:3000/hook", started_at=NOW, answer=Answer(status=200)
    )
    reading = likeliest(make_case(failure=Failure(kind="refused"), probes=(probe,)))
    assert reading is not None
    assert reading.cause == "ipv6-only-listener"


def test_a_session_that_was_stopped_is_not_the_handlers_fault(make_case: Callable[..., Case]) -> None:
    reading = likeliest(make_case(failure=STOPPED))
    assert reading is not None
    assert (reading.cause, reading.layer, reading.alternatives) == ("tunnel-down", "tunnel", ())
    assert "hookscope was stopped" in reading.title
