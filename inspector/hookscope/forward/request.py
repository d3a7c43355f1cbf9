"""What is sent to a handler for a delivery, and what of its answer is passed on to the sender.

Both ways end-to-end headers keep order, case and repeats, and bodies keep every byte; what belongs to one connection
(RFC 9110, 7.6.1) stays behind, and a body of either framing travels with its length.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from hookscope.model.capture import Origin, SentRequest
from hookscope.model.handler import Handler, handler_target
from hookscope.model.public_path import cut_prefix
from hookscope_relay.delivery import (
    Delivery,
    Headers,
    asks_for_upgrade,
    end_to_end,
    header,
    header_values,
    passable_trailers,
    without,
)
from hookscope_relay.errors import InputError

FORWARDED_NAMES = frozenset(
    {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "forwarded"}
)
OURS = "hookscope-"

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[^\x00-\x20\x7f]*")
_VALUE = re.compile(r"[^\x00\r\n]*")


def build_request(
    delivery: Delivery,
    handler: Handler,
    *,
    origin: Origin,
    preserve_host: bool = False,
    forwarded: bool = True,
    replay_of: str = "",
    target: str | None = None,
    subdomain: bool = False,
    upgrade: bool = False,
    streamed: bool = False,
) -> SentRequest:
    """The request that hands a delivery to a handler, complete and fit to be written as it is.

    `target` takes the place of the one that handler and delivery give. `forwarded` says whether X-Forwarded-* are
    added. With `upgrade` Connection and Upgrade are passed on as they are; a `streamed` one keeps its framing, since
    its body follows, and so does one with trailers. InputError for an edited delivery that no HTTP/1.1 request can
    carry, such as a line break in a header; a delivery from a relay never raises.
    """
    trailers = passable_trailers(delivery.trailers)
    chunked = bool(trailers) or (streamed and header(delivery.headers, "content-length") is None)
    headers = _passed_on(delivery, upgrade, chunked=chunked, streamed=streamed)
    if not preserve_host or header(headers, "host") is None:
        headers = _with_host(headers, handler.host_header)
    target = handler_target(handler, delivery.target, subdomain) if target is None else target
    added = forwarded_headers(delivery, target) if forwarded else ()
    request = SentRequest(
        method=delivery.method,
        target=target,
        headers=(*_without_prefix(headers, added), *added, *_our_headers(delivery.id, origin, replay_of)),
        body=delivery.body,
        trailers=trailers,
    )
    _check(request)
    return request


def changed(delivery: Delivery, sent: SentRequest, handler: Handler | None = None, subdomain: bool = False) -> bool:
    """Whether more was changed on the way than Host, X-Forwarded-*, Hookscope-* and what belongs to one connection.

    With a handler its path before the tail is no change.
    """
    target = handler_target(handler, delivery.target, subdomain) if handler else delivery.target
    return (
        (sent.method, sent.target) != (delivery.method, target)
        or sent.body != delivery.body
        or sent.trailers != passable_trailers(delivery.trailers)
        or _compared(sent.headers)
        != _compared(_passed_on(delivery, asks_for_upgrade(sent.headers), chunked=is_chunked(sent)))
    )


def is_chunked(request: SentRequest) -> bool:
    """Whether the request's body goes in chunks."""
    return header(request.headers, "transfer-encoding") is not None


def framed_body(request: SentRequest) -> bytes:
    """The request's body as it is written: in one chunk, where it goes in chunks."""
    if not is_chunked(request):
        return request.body
    return (chunk(request.body) if request.body else b"") + last_chunk(request.trailers)


def chunk(part: bytes) -> bytes:
    """A part of a body as a chunk."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def last_chunk(trailers: Headers) -> bytes:
    """The end of a body in chunks."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in trailers])
    return b"0\r\n%b\r\n" % lines.encode("latin-1")


def render_head(request: SentRequest) -> bytes:
    """Request line and headers as they are written, up to and with the empty line."""
    return head_text(request).encode("latin-1")


def head_text(request: SentRequest) -> str:
    """The same as text, each character a byte."""
    lines = [f"{request.method} {request.target} HTTP/1.1", *[f"{name}: {value}" for name, value in request.headers]]
    return "\r\n".join((*lines, "", ""))


def _passed_on(delivery: Delivery, upgrade: bool = False, *, chunked: bool = False, streamed: bool = False) -> Headers:
    """The sender's headers that every handler gets; with those that ask for an upgrade, where that is to be, or with
    those of a body in chunks. Of a `streamed` one the length is not known but by its own word."""
    if chunked:
        framed = _in_chunks(delivery.headers)
    else:
        framed = delivery.headers if streamed else _framed(delivery.headers, delivery.body)
    if delivery.body and not chunked and header(framed, "content-length") is None:
        framed = (*framed, ("Content-Length", str(len(delivery.body))))
    # We ask the sender to go on ourselves: there is nothing left to wait for with Expect.
    kept = without(end_to_end(framed), {"expect"})
    own = ("connection", "upgrade") if upgrade else ("transfer-encoding", "trailer") if chunked else ()
    if own:
        of_all = {id(pair) for pair in kept}
        kept = tuple(pair for pair in framed if id(pair) in of_all or pair[0].lower() in own)
    return tuple(pair for pair in kept if not _is_ours_to_say(pair[0]))


def _in_chunks(headers: Headers) -> Headers:
    """The headers with one Transfer-Encoding that says so, and no length."""
    kept = without(headers, {"content-length"})
    if [value.strip(" \t").lower() for value in header_values(kept, "transfer-encoding")] == ["chunked"]:
        return kept
    return (*without(kept, {"transfer-encoding"}), ("Transfer-Encoding", "chunked"))


def _is_ours_to_say(name: str) -> bool:
    """Whether a header says what only we may: with underscores too,
    since CGI and WSGI make one name of both spellings."""
    folded = name.lower().replace("_", "-")
    return folded in FORWARDED_NAMES or folded.startswith(OURS)


def _framed(headers: Headers, body: bytes) -> Headers:
    """The headers with one right Content-Length where the first framing header stood,
    exactly as it was if it was right.

    Where a Content-Length and a Transfer-Encoding are both there, the former's place counts.
    """
    framing = "content-length" if header(headers, "content-length") is not None else "transfer-encoding"
    result: list[tuple[str, str]] = []
    seen = False
    for name, value in headers:
        lower = name.lower()
        if lower not in ("content-length", "transfer-encoding"):
            result.append((name, value))
        elif lower == framing and not seen:
            seen = True
            result.append(_length_header(name, value, len(body)))
    return tuple(result)


def _length_header(name: str, value: str, length: int) -> tuple[str, str]:
    if name.lower() == "transfer-encoding":
        return "Content-Length", str(length)
    digits = value.strip(" \t")
    # Compared as text: a hostile header of a million digits must not become a number.
    right = digits.isascii() and digits.isdigit() and (digits.lstrip("0") or "0") == str(length)
    return name, value if right else str(length)


def _with_host(headers: Headers, host: str) -> Headers:
    """The headers with one Host, in the place and the spelling of the first; first of all where there was none."""
    result: list[tuple[str, str]] = []
    seen = False
    for name, value in headers:
        if name.lower() != "host":
            result.append((name, value))
        elif not seen:
            seen = True
            result.append((name, host))
    return tuple(result) if seen else (("Host", host), *result)


def forwarded_headers(delivery: Delivery, target: str) -> Headers:
    """X-Forwarded-*: what of the sender's connection the relay knows, as a proxy would say it."""
    # A proxy in front of the relay may have put this machine's name into Host.
    called = delivery.url.partition("://")[2].partition("/")[0]
    pairs = (
        ("X-Forwarded-For", _without_port(delivery.remote)),
        ("X-Forwarded-Proto", delivery.scheme),
        ("X-Forwarded-Host", called or header(delivery.headers, "host") or ""),
        ("X-Forwarded-Prefix", cut_prefix(delivery, target)),
    )
    return tuple([pair for pair in pairs if pair[1]])


def _without_prefix(headers: Headers, added: Headers) -> Headers:
    """The sender's headers without its own X-Forwarded-Prefix, where ours is among what is added."""
    if not added or added[-1][0] != "X-Forwarded-Prefix":
        return headers
    return tuple(pair for pair in headers if not is_prefix(pair[0].lower()))


def is_prefix(lower: str) -> bool:
    """Whether a name in lower case is X-Forwarded-Prefix, which is the sender's own only where we have none to say."""
    return lower.replace("_", "-") == "x-forwarded-prefix"


def _our_headers(delivery_id: str, origin: Origin, replay_of: str) -> Headers:
    pairs = (
        ("Hookscope-Delivery", delivery_id),
        ("Hookscope-Origin", origin),
        ("Hookscope-Replay-Of", replay_of),
    )
    return tuple(pair for pair in pairs if pair[1])


# Few senders send many deliveries.
@lru_cache(maxsize=256)
def _without_port(remote: str) -> str:
    """The address of `203.0.113.7`, `203.0.113.7:5000`, `[::1]:5000` or `::1`; other text as it is."""
    for candidate in (remote, remote.rpartition(":")[0]):
        bare = candidate.removeprefix("[").removesuffix("]")
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            continue
        return bare
    return remote


def _compared(headers: Headers) -> Headers:
    return tuple(
        pair for pair in headers if pair[0].lower() != "host" and not pair[0].lower().startswith(("x-forwarded-", OURS))
    )


def _check(request: SentRequest) -> None:
    if not TOKEN.fullmatch(request.method):
        raise _unsendable(f"the method {request.method[:40]!r}", "use letters, such as POST")
    if not _TARGET.fullmatch(request.target) or not _is_latin_1(request.target):
        raise _unsendable(f"the target {request.target[:60]!r}", "begin with / and percent-encode the rest")
    for name, value in request.headers:
        if not TOKEN.fullmatch(name):
            raise _unsendable(f"the header name {name[:40]!r}", "use letters, digits and -")
        if not _VALUE.fullmatch(value) or not _is_latin_1(value):
            raise _unsendable(f"the value of the header {name}", "leave out line breaks and write bytes as latin-1")


def _is_latin_1(text: str) -> bool:
    return text.isascii() or max(text) <= "\xff"


def _unsendable(what: str, remedy: str) -> InputError:
    return InputError(f"{what} cannot be sent in an HTTP/1.1 request", remedy)
