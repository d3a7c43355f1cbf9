"""No answer, or one that breaks HTTP: connections, TLS, framing."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explains, watches
from hookscope.model.containers import ADVICE, INSIDE
from hookscope.model.finding import Evidence, Finding


@explains(
    "transport.refused",
    "connection-refused",
    "Nothing listens on the handler's port",
    examples=("Connection refused",),
)
def refused(case: Case, reading: Reading) -> str:
    """The connection was refused.

    Sees: the failure kind `refused`.
    Why: the handler is not running, listens on another port, or on IPv6 only.
    Do: start it, or correct the port; inside a container localhost is the container itself.
    """
    detail = case.failure.detail if case.failure is not None else ""
    return f"Start the handler, or correct the port; {ADVICE}" if INSIDE in detail else "Start it, or correct the port"


@explains(
    "transport.ipv6-only",
    "ipv6-only-listener",
    "The handler listens on ::1 only",
    examples=("node 17 and later bind localhost to ::1",),
)
def ipv6_only(case: Case, reading: Reading) -> str:
    """The handler listens on IPv6 only, and IPv4 was dialled.

    Sees: a refused connection on 127.0.0.1, an answer on ::1.
    Why: localhost is ::1 for one side and 127.0.0.1 for the other.
    Do: listen on 127.0.0.1 too, or forward to [::1].
    """
    return "Listen on 127.0.0.1 too, or forward to [::1]"


@explains(
    "transport.connect-timeout",
    "connect-timeout",
    "The connection to the handler was never accepted",
    examples=("a process stopped in a debugger",),
)
def connect_timeout(case: Case, reading: Reading) -> str:
    """Connecting took too long.

    Sees: a timeout before any byte was sent.
    Why: the process is stopped or stuck, or a firewall drops packets.
    Do: look at the process.
    """
    return "The process is stopped or stuck (a debugger?), or packets are dropped"


@explains(
    "transport.unresolved",
    "host-unresolved",
    "The handler's host name does not resolve",
    examples=("a typing error in HANDLER",),
)
def unresolved(case: Case, reading: Reading) -> str:
    """The name has no address.

    Sees: the failure kind `dns`.
    Why: it is misspelt, or known only inside of a container network.
    Do: correct it.
    """
    if case.failure is not None and "host.docker.internal" in case.failure.detail:
        return (
            "Outside of a container this name means nothing: give the port alone; in one, start it with"
            " --add-host=host.docker.internal:host-gateway, which Docker Desktop does by itself"
        )
    return "Correct the host name in the handler's URL"


@explains(
    "transport.reset",
    "connection-reset",
    "The handler reset the connection",
    examples=("RST while the body is sent",),
)
def reset(case: Case, reading: Reading) -> str:
    """The connection was reset.

    Sees: the failure kind `reset`.
    Why: the process died, refuses large bodies, or a server is told to drop unknown hosts.
    Do: read the handler's log.
    """
    return "Read the handler's log: it reset the connection"


@explains(
    "transport.closed",
    "closed-without-response",
    "The connection was closed without an answer",
    examples=(
        "a panic in Go",
        "HAProxy's silent reject",
    ),
)
def closed(case: Case, reading: Reading) -> str:
    """The other side closed the connection before it sent anything.

    Sees: the failure kind `closed`.
    Why: a crash, a closed socket, a proxy's silent reject and plain HTTP to a TLS port look the same.
    Do: read the handler's log; `alternatives` lists what cannot be excluded.
    """
    return "Read the handler's log; a crash, a rejected connection and http on a TLS port look the same"


@explains(
    "transport.no-answer",
    "response-timeout",
    "No answer came in time",
    examples=("a handler that never calls res.end()",),
)
def no_answer(case: Case, reading: Reading) -> str:
    """The handler took the request and did not answer.

    Sees: a timeout after sending, a framework's own timeout page, or an answer that stops in the middle.
    Why: the sender gives up and sends the event again.
    Do: answer in every branch; work later.
    """
    return "Answer in every branch, and work later: the sender gives up and sends the event again"


@explains(
    "transport.tls-on-plain",
    "tls-on-plain",
    "The handler's port does not speak TLS",
    examples=("WRONG_VERSION_NUMBER",),
)
def tls_on_plain(case: Case, reading: Reading) -> str:
    """https was used towards a plain port.

    Sees: a failed TLS handshake.
    Why: the port speaks plain HTTP.
    Do: forward with http://.
    """
    return "Forward with http:// instead of https://"


@explains(
    "transport.plain-on-tls",
    "plain-on-tls",
    "The handler's port speaks TLS only",
    examples=("nginx: The plain HTTP request was sent to HTTPS port",),
)
def plain_on_tls(case: Case, reading: Reading) -> str:
    """Plain HTTP was sent to a TLS port.

    Sees: a server's words for it, or a closed connection.
    Why: the port speaks TLS.
    Do: forward with https://, and --insecure for a self-signed certificate.
    """
    return "Forward with https:// (and --insecure for a self-signed certificate)"


@explains(
    "transport.certificate",
    "tls-certificate-untrusted",
    "The handler's certificate is not trusted",
    examples=("CERTIFICATE_VERIFY_FAILED: self-signed certificate",),
)
def certificate(case: Case, reading: Reading) -> str:
    """The certificate does not verify.

    Sees: the TLS library's words.
    Why: it is self-signed, expired, or for another name.
    Do: use --insecure for the loopback hop, or trust the certificate.
    """
    return (
        "Use --insecure for the loopback hop, or trust the certificate: "
        "SSL_CERT_FILE=ca.pem in front of the command names your authority"
    )


@explains(
    "transport.not-http",
    "not-http",
    "The handler's port does not speak HTTP/1.1",
    examples=(
        "an SSH banner",
        "HTTP/2 without TLS (gRPC)",
    ),
)
def not_http(case: Case, reading: Reading) -> str:
    """What came back is not HTTP.

    Sees: the first bytes of the answer.
    Why: another service listens on the port.
    Do: correct the port.
    """
    return "Correct the port: another kind of service listens there"


@explains(
    "transport.malformed-response",
    "malformed-response",
    "The handler's answer contradicts itself",
    examples=(
        "two Content-Length headers",
        "204 with a body",
    ),
)
def malformed_response(case: Case, reading: Reading) -> str:
    """The answer breaks the rules of HTTP.

    Sees: its headers.
    Why: clients and proxies disagree about such an answer; some drop it.
    Do: correct the headers; leave framing to the framework.
    """
    return "Leave Content-Length and Transfer-Encoding to the framework"


@explains(
    "transport.length-mismatch",
    "content-length-mismatch",
    "The answer is shorter than its Content-Length",
    examples=("Content-Length: 500 and 7 bytes",),
)
def length_mismatch(case: Case, reading: Reading) -> str:
    """The body ended early.

    Sees: fewer bytes than announced.
    Why: the application stopped in the middle.
    Do: read the application's log.
    """
    return "Read the application's log: it ended its answer early"


@explains(
    "transport.invalid-chunked",
    "invalid-chunked",
    "The chunked answer is broken",
    examples=("the connection ends inside a chunk",),
)
def invalid_chunked(case: Case, reading: Reading) -> str:
    """The chunked framing is wrong or cut.

    Sees: the forwarder's error, or a chunked answer with nothing in it.
    Why: the application died while it wrote.
    Do: read the application's log.
    """
    return "Read the application's log: it died while it wrote the answer"


@explains(
    "transport.response-headers",
    "response-headers-too-large",
    "The answer's headers are larger than proxies take",
    severity="warning",
    examples=("a cookie or debug token of 20 kB",),
)
def response_headers(case: Case, reading: Reading) -> str:
    """The headers of the answer are very large.

    Sees: more than 16 KiB or 101 headers.
    Why: nginx, node and HAProxy refuse such answers, so it works here and fails in production.
    Do: shrink the cookie, CSP or debug header.
    """
    return "Shrink the largest header (a cookie, CSP or debug token)"


@explains(
    "transport.response-too-large",
    "response-too-large",
    "The answer is larger than the limit",
    examples=("a page of 30 MB",),
)
def response_too_large(case: Case, reading: Reading) -> str:
    """The answer's body exceeds the forwarder's limit.

    Sees: the failure kind `too-large`.
    Why: senders do not read such answers.
    Do: answer with a short body.
    """
    return "Answer with a short body: senders do not read it"


@watches(
    "transport.http2",
    "http2-only",
    examples=("an https handler that takes h2 alone in its TLS handshake",),
    needs=needs.other_protocol,
)
def http2(case: Case, reading: Reading | None) -> Iterator[Finding]:
    """The handler speaks HTTP/2 and nothing else.

    Sees: a handler that refused http/1.1 in the TLS handshake and took h2.
    Why: HTTP/2 has header names in lower case only, no reason phrase, and Host as a part of the request's head:
    there the bytes are not the sender's.
    Do: nothing, unless the handler tells header names apart by case; else let it take HTTP/1.1 too.
    """
    if not needs.other_protocol(case):
        return
    yield Finding(
        code="transport.http2",
        severity="info",
        cause="http2-only",
        layer="transport",
        title="Your handler speaks HTTP/2 only, so header names reached it in lower case",
        hint="Nothing to do, unless it tells names apart by case: then let it take http/1.1 in ALPN too",
        evidence=(Evidence("HTTP/2 was agreed on in the TLS handshake", "attempt"),),
        confidence=0.99,
    )


RULES: tuple[Rule, ...] = (
    http2,
    refused,
    ipv6_only,
    connect_timeout,
    unresolved,
    reset,
    closed,
    no_answer,
    tls_on_plain,
    plain_on_tls,
    certificate,
    not_http,
    malformed_response,
    length_mismatch,
    invalid_chunked,
    response_headers,
    response_too_large,
)
