"""No answer, or one that breaks HTTP: connections, TLS, framing."""

from __future__ import annotations

from collections.abc import Iterator

from hookscope.diagnosis import needs
from hookscope.diagnosis.case import Case
from hookscope.diagnosis.readings import Reading
from hookscope.diagnosis.rule import Rule, explained, explains, watches
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
    *explained("transport"),
    http2,
    refused,
    unresolved,
)
