from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from answers import Row, answer, first_findings
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.rules.transport import http2
from hookscope.model.capture import Failure
from hookscope.model.finding import Finding
from hookscope.model.stream_note import StreamNote

FINDINGS: list[Row] = [
    (
        "transport.refused",
        "connection-refused",
        "transport",
        {"failure": Failure(kind="refused", detail="Connection refused")},
    ),
    (
        "transport.connect-timeout",
        "connect-timeout",
        "transport",
        {"failure": Failure(kind="timeout", detail="no answer within 3 s: still connecting to 127.0.0.1:3000")},
    ),
    (
        "transport.unresolved",
        "host-unresolved",
        "transport",
        {"failure": Failure(kind="dns", detail="the host name x has no address")},
    ),
    (
        "transport.reset",
        "connection-reset",
        "transport",
        {"failure": Failure(kind="reset", detail="reset before any response byte")},
    ),
    (
        "transport.closed",
        "closed-without-response",
        "handler",
        {"failure": Failure(kind="closed", detail="without an answer")},
    ),
    (
        "transport.no-answer",
        "response-timeout",
        "handler",
        {"failure": Failure(kind="timeout", detail="no answer within 3 s: still waiting for the answer")},
    ),
    (
        "transport.tls-on-plain",
        "tls-on-plain",
        "transport",
        {"failure": Failure(kind="tls", detail="[SSL: WRONG_VERSION_NUMBER] wrong version number")},
    ),
    (
        "transport.plain-on-tls",
        "plain-on-tls",
        "transport",
        answer(400, b"Client sent an HTTP request to an HTTPS server.\n"),
    ),
    (
        "transport.plain-on-tls",
        "plain-on-tls",
        "transport",
        {"failure": Failure(kind="bad-response", detail="the port speaks TLS: use https://")},
    ),
    (
        "transport.certificate",
        "tls-certificate-untrusted",
        "transport",
        {"failure": Failure(kind="tls", detail="CERTIFICATE_VERIFY_FAILED: self-signed certificate")},
    ),
    (
        "transport.not-http",
        "not-http",
        "transport",
        {"failure": Failure(kind="bad-response", detail="the answer is not HTTP/1.1: it begins with 'SSH-2.0'")},
    ),
    (
        "transport.malformed-response",
        "malformed-response",
        "transport",
        answer(200, b"hello", (("Content-Length", "3"), ("Transfer-Encoding", "chunked"))),
    ),
    (
        "transport.length-mismatch",
        "content-length-mismatch",
        "transport",
        answer(200, b'{"ok":', (("Content-Length", "500"),)),
    ),
    (
        "transport.invalid-chunked",
        "invalid-chunked",
        "transport",
        {
            "failure": Failure(
                kind="bad-response", detail="the body of the answer is not valid HTTP/1.1: illegal chunk header"
            )
        },
    ),
    (
        "transport.response-headers",
        "response-headers-too-large",
        "handler",
        answer(200, b"ok", (("X-Big", "a" * 20000),)),
    ),
    (
        "transport.response-too-large",
        "response-too-large",
        "handler",
        {"failure": Failure(kind="too-large", detail="the answer has a body of 30000000 bytes")},
    ),
]


test_the_first_finding_names_cause_and_layer = first_findings(FINDINGS)


def test_a_closed_connection_lists_what_it_cannot_exclude(findings_of: Callable[..., tuple[Finding, ...]]) -> None:
    first = findings_of(failure=Failure(kind="closed", detail="without an answer"))[0]
    assert {"process-crash", "plain-on-tls", "proxy-rule-denied"} <= set(first.alternatives)


def test_a_handler_that_speaks_http2_only_is_told_what_that_changes(make_case: Callable[..., Case]) -> None:
    case = make_case(200, b"ok")
    assert case.attempt is not None
    assert not http2.needs(case)
    spoken = replace(case, attempt=replace(case.attempt, stream=StreamNote(protocol="HTTP/2")))
    assert http2.needs(spoken)
    (finding,) = http2.look(spoken, None)
    assert (finding.code, finding.severity, finding.cause) == ("transport.http2", "info", "http2-only")
