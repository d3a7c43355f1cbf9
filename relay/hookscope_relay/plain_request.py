"""What is ordinary, read in one go: a request that is all there,
and of whose bytes no two parsers could think differently.

It takes a part of HTTP/1.1 (RFC 9112): one space between the words of the request line, a target of visible ASCII,
`name: value` without further blanks at its ends, no name twice, a body of the stated length and nothing behind it.
Whatever concerns the connection or the body's coding, and whatever is refused, is left to the parser that reads
everything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from hookscope_relay.delivery import Headers

_START = re.compile(r"(POST|PUT|PATCH|DELETE|GET|HEAD|OPTIONS) (/[!-\"$-~]*) HTTP/1\.1")
_TEXT = bytes(byte for byte in range(256) if byte == 9 or (byte >= 32 and byte != 127))
_NAME = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# So many names are known again, none of them long.
MAX_NAMES, SHORT_NAME = 5000, 64
_LENGTH = re.compile(r"[0-9]{1,15}")
_UNUSUAL = frozenset(
    {"expect", "http2-settings", "keep-alive", "proxy-connection", "sec-fetch-mode", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "upgrade-insecure-requests"}
)


class PlainRequest(msgspec.Struct, gc=False):
    """A request as it was on the wire.

    `headers` are in order, `fields` the same by lower-case name; `host` is among them.

    Of its body `missing` bytes have not come.
    """

    method: str
    target: str
    headers: Headers
    fields: dict[str, str]
    body: bytes
    missing: int


def read_plain(data: bytes, most: int) -> PlainRequest | None:
    """The one request that the bytes are, but for its body's end perhaps; None for all that is not plain,
    or whose head has more bytes than `most`."""
    end = data.find(b"\r\n\r\n", 0, most)
    head = data[: end + 2]
    start, *lines, _ = head.decode("latin-1").split("\r\n") if end >= 0 else ("", "")
    words = _START.fullmatch(start)
    if words is None or not _is_clean(head, len(lines) + 1):
        return None
    pairs = [line.split(": ", 1) for line in lines]
    try:
        fields = {_lower[name]: value for name, value in pairs}
    except KeyError:
        if not _learn(pairs):
            return None
        fields = {name.lower(): value for name, value in pairs}
    except ValueError:
        return None  # a line without a colon
    if len(fields) != len(lines) or not _are_usual(fields):
        return None
    body = data[end + 4 :]
    length = fields.get("content-length", "0")
    if not _LENGTH.fullmatch(length) or len(body) > int(length):
        return None
    headers = tuple([(name, value) for name, value in pairs])
    return PlainRequest(words[1], words[2], headers, fields, body, int(length) - len(body))


def _is_clean(head: bytes, lines: int) -> bool:
    """Whether there is no control character but the line ends, and no blank around a value."""
    blanks = b":  " in head or b": \t" in head or b" \r" in head or b"\t\r" in head
    return not blanks and head.translate(None, _TEXT) == b"\r\n" * lines


# Names in lower case, by how senders write them.
_lower: dict[str, str] = {}


def _learn(pairs: Sequence[Sequence[str]]) -> bool:
    """Remember the names, of which some were never seen; whether all are tokens (RFC 9110, 5.6.2), none empty,
    and none a line without a colon."""
    for name, *value in pairs:
        if not value or not name or name.encode("latin-1").translate(None, _NAME):
            return False
        if len(_lower) < MAX_NAMES and len(name) <= SHORT_NAME:  # names are the senders' to choose
            _lower[name] = name.lower()
    return True


def _are_usual(fields: dict[str, str]) -> bool:
    """Whether they ask for no more than to be passed on and answered, and name a host."""
    keep_alive = fields.get("connection", "keep-alive").lower() == "keep-alive"
    return keep_alive and "host" in fields and _UNUSUAL.isdisjoint(fields)
