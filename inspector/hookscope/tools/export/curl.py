"""A curl command line for POSIX shells that sends a delivery again: method, target, headers in order and case,
and every byte of the body.

Nothing of the user's surroundings mixes in: no ~/.curlrc, no globbing, no tidying of paths, no default headers, and no
proxy on the way to this machine. curl 7.55 or later (2017) is enough.
"""

from __future__ import annotations

import re

from hookscope.tools.export.posix import feed, is_word, quote
from hookscope.tools.export.request import Request, build_request
from hookscope_relay.delivery import Delivery

# What curl would add by itself unless it is told not to; a Content-Type only beside a body.
DEFAULTS = ("User-Agent", "Accept")
# From this size on curl asks with `Expect: 100-continue` before it sends a body (1 KiB before version 7.84).
EXPECT_BYTES = 1024

# Targets that curl sends as they stand in a URL. Others are given beside it: a `#` would be cut off, a `\\` become a
# `/`.
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9._~/%?&=+:@!$'()*,;-]*")


def render(delivery: Delivery, url: str) -> str:
    """The command that sends the delivery to exactly this URL, ending in a newline;
    ASCII and printable text throughout.

    `InputError` for a delivery that no HTTP/1.1 client can send, such as one with a line break in a header.
    """
    request = build_request(delivery, url)
    in_place = is_word(request.body)
    source, document = ("", "") if in_place else feed(request.body)
    parts = [f"{source} | curl -q" if source else "curl -q", *options(request)]
    if source:
        parts.append("--data-binary @-")
    elif request.body or request.has_length:
        parts.append(f"--data-raw {quote(request.body)}")
    return " \\\n  ".join((parts[0] + " " + parts[1], *parts[2:])) + "\n" + document


def options(request: Request) -> list[str]:
    """The options that set everything but the body, quoted, a line each; the first says how, the second where to."""
    plain = _PLAIN_TARGET.fullmatch(request.target) is not None
    how = "-sS --http1.1 --globoff --path-as-is" + (" --noproxy '*'" if request.is_local else "")
    lines = [how, quote((request.url if plain else request.origin + "/").encode("latin-1"))]
    if not plain:
        lines.append(f"--request-target {quote(request.target.encode('latin-1'))}")
    return [
        *lines,
        method_option(request),
        *(f"-H {quote(field.encode('latin-1'))}" for field in header_fields(request)),
    ]


def method_option(request: Request) -> str:
    """The options for the method, and to show the answer's head; an answer to HEAD has no body,
    whatever length it states."""
    if request.method != "HEAD":
        return f"-i -X {quote(request.method.encode())}"
    # curl refuses --head beside a body; it is told to read until the server hangs up instead.
    return "-i -X HEAD --ignore-content-length -H 'Connection: close'" if request.has_length else "--head"


def header_fields(request: Request) -> list[str]:
    """What `-H` is given: each header, an empty one as `Name;`, and each default that the delivery lacks as `Name:`."""
    fields = [f"{name}: {value}" if value else f"{name};" for name, value in request.headers]
    unwanted = [name for name in DEFAULTS if not request.has(name)]
    if request.has_length and not request.has("content-type"):
        unwanted.append("Content-Type")
    if len(request.body) > EXPECT_BYTES:
        unwanted.append("Expect")
    return fields + [f"{name}:" for name in unwanted]
