"""An HTTPie command line for POSIX shells.

HTTPie is built on requests, which is less exact than curl: what it changes is told in notes.

Its own rules for items (HTTPie's documentation, `Escaping rules`): `Name:value` sets a header, `Name;` an empty one,
`Name:` takes a default away; `:=` and `:@` mean something else, so a value that begins with one of these marks has it
escaped.
"""

from __future__ import annotations

import re

from hookscope.tools.export.posix import feed, is_word, quote
from hookscope.tools.export.request import Request, build_request
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError

DEFAULTS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
# Wherever the delivery has them, requests writes these before all others.
FIRST = frozenset({"user-agent", "accept", "accept-encoding", "content-type"})

# A backslash before one of these is an escape for HTTPie, and one of its own cannot be written there.
_UNWRITABLE = re.compile(r"\\[:;=@]")
# What requests leaves alone in a URL: reserved and unreserved characters, and escapes of others in capitals.
_UNTOUCHED = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%(?!2D|2E|5F|7E|3\d|[46][1-9A-F]|[57][0-9A])[0-9A-F]{2})*")


def render(delivery: Delivery, url: str) -> str:
    """The command that sends the delivery to this URL, ending in a newline;
    `InputError` for what HTTPie has no way to send."""
    request = build_request(delivery, url)
    if not request.method.isalpha():
        raise InputError(f"HTTPie takes no method such as {request.method}", "use --as curl")
    in_place = is_word(request.body)
    source, document = ("", "") if in_place else feed(request.body)
    parts = [
        f"{source} | http --path-as-is --ignore-netrc" if source else "http --ignore-stdin --path-as-is --ignore-netrc"
    ]
    if in_place and request.body:
        parts.append(f"--raw={quote(request.body)}")
    parts.append(f"{quote(request.method.encode())} {quote(request.url.encode('latin-1'))}")
    parts += [quote(_item(name, value)) for name, value in request.headers]
    parts += [quote(f"{name}:".encode()) for name in DEFAULTS if not request.has(name)]
    return " \\\n  ".join(parts) + "\n" + document


def limits(request: Request) -> tuple[str, ...]:
    """What HTTPie will send otherwise than it was captured, a sentence each."""
    names = [name.lower() for name, _ in request.headers]
    moved = [name for name in names if name in FIRST]
    told = []
    if names[: len(moved)] != moved:
        told.append("HTTPie writes User-Agent, Accept, Accept-Encoding and Content-Type before all other headers")
    if len(set(names)) < len(names):
        told.append("HTTPie writes repeated headers in one place")
    if not _UNTOUCHED.fullmatch(request.target) or request.target.endswith("?"):
        told.append("HTTPie escapes the target anew")
    if request.method != request.method.upper():
        told.append("HTTPie writes the method in capitals")
    return tuple(told)


def _item(name: str, value: str) -> bytes:
    try:
        text = value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"HTTPie cannot send the bytes of the header {name}, which are not UTF-8", "use --as curl"
        ) from None
    if _UNWRITABLE.search(text):
        raise InputError(f"HTTPie cannot send the backslash in the header {name}", "use --as curl")
    if not text:
        return f"{name};".encode()
    return f"{name}:{chr(92) if text[0] in '=@:' else ''}{text}".encode()
