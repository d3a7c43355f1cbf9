"""A delivery and an answer: HTTP as it was on the wire, as values.

Headers are ordered pairs of text in latin-1, so that every byte survives; names keep their case, repeats stay.
Bodies are bytes. Nothing here decodes a target, unpacks a body or joins repeated headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from hookscope_relay.value import Value

Headers: TypeAlias = tuple[tuple[str, str], ...]

ULID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ULID = frozenset(ULID_ALPHABET)
# The digits that `int` knows in base 32.
_AS_BASE_32 = str.maketrans(ULID_ALPHABET, "0123456789abcdefghijklmnopqrstuv")

# Ten bits at a time.
_PAIRS = tuple(first + second for first in ULID_ALPHABET for second in ULID_ALPHABET)

# RFC 9110 section 7.6.1: fields that concern one connection only.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)

# RFC 9110 section 6.5.1: what frames, routes, conditions, authenticates or describes a message is said before its
# body, or not at all.
NO_TRAILERS = HOP_BY_HOP | {
    *("age", "authorization", "cache-control", "content-encoding", "content-length", "content-range", "content-type"),
    *("cookie", "date", "expect", "expires", "forwarded", "host", "if-match", "if-modified-since", "if-none-match"),
    *("if-range", "if-unmodified-since", "location", "max-forwards", "pragma", "proxy-authenticate"),
    *("proxy-authorization", "range", "retry-after", "set-cookie", "vary", "warning", "www-authenticate"),
}

# Naming one of these in Connection must not strip what the message cannot do without.
ALWAYS_END_TO_END = frozenset({"host", "content-length", "content-type", "authorization"})

# The last millisecond of the year 9999: what lies beyond cannot be shown as a date.
MAX_TIME = 253_402_300_799.999

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}"
_TOKEN = re.compile(_NAME)
_TARGET = re.compile(r"([/?][!-~\x80-\xff]*)?")
_PLAIN = re.compile(r"[!-~]{0,200}")
_URL = re.compile(r"([!-~][!-~\xa0-\xff]*)?")
_VERSION = re.compile(r"[0-9](\.[0-9])?")
_WORD = re.compile(r"[a-z-]{0,40}")
# No form has a line end, so of texts in lines each has its own.
_FORMS = re.compile("\\n".join((_NAME, *(form.pattern for form in (_TARGET, _VERSION, _PLAIN, _URL)))))
_NAMES = re.compile(rf"(?:{_NAME}\n)*")
# RFC 9110 section 5.5: what would end a line, or is no byte.
_NO_VALUE = re.compile(r"[\r\n\x00]|[^\x00-\xff]")


class Delivery(Value, frozen=True, kw_only=True):
    """One HTTP request that reached an endpoint.

    `target` is tail and query exactly as sent (ASCII or latin-1 text). `received_at` is epoch seconds. `url` is the URL
    that the sender called, where it is known. `trailers` are the fields behind a chunked body, as they came.

    `broken` says in a word why the body is not whole, where its handler had a part of it already; empty of a whole one.
    """

    id: str
    received_at: float
    method: str
    target: str
    headers: Headers
    body: bytes
    scheme: str = "https"
    http_version: str = "1.1"
    remote: str = ""
    url: str = ""
    trailers: Headers = ()
    broken: str = ""

    @property
    def path(self) -> str:
        """The target without its query, still undecoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the first question mark, still undecoded; empty where there is none."""
        return self.target.partition("?")[2]


class Answer(Value, frozen=True, kw_only=True):
    """One HTTP response: what a handler said, or what we made up in its place."""

    status: int
    reason: str = ""
    headers: Headers = ()
    body: bytes = b""

    def __post_init__(self) -> None:
        if not 100 <= self.status <= 999:
            raise ValueError(f"a status is between 100 and 999, not {self.status}")


def why_impossible(delivery: Delivery) -> str:
    """What of a delivery no HTTP request can have, or no calendar; empty where it could have come.

    `remote` is no part of the request.
    """
    if not 0 <= delivery.received_at <= MAX_TIME:
        return "its time is none"
    texts = (delivery.method, delivery.target, delivery.http_version, delivery.remote, delivery.url)
    if not _FORMS.fullmatch("\n".join(texts)):
        return f"its {_which_is_none(texts)} is none"
    if delivery.scheme not in ("http", "https"):
        return "its scheme is none"
    # All names, and all values, at once: this stands in every delivery's way.
    headers = delivery.headers + delivery.trailers if delivery.trailers else delivery.headers
    names = "".join([f"{name}\n" for name, _ in headers])
    if not _NAMES.fullmatch(names) or not _are_values("".join([value for _, value in headers])):
        return "one of its headers is none"
    return "" if _WORD.fullmatch(delivery.broken) else "the reason for its end is none"


def _which_is_none(texts: Iterable[str]) -> str:
    forms = (
        ("method", _TOKEN),
        ("target", _TARGET),
        ("HTTP version", _VERSION),
        ("sender's address", _PLAIN),
        ("URL", _URL),
    )
    return next(name for (name, form), text in zip(forms, texts, strict=True) if not form.fullmatch(text))


def _are_values(text: str) -> bool:
    if text.isascii():
        return "\n" not in text and "\r" not in text and "\0" not in text
    return _NO_VALUE.search(text) is None


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, its name in any case; None where it is absent."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def header_values(headers: Headers, name: str) -> tuple[str, ...]:
    """Every value of a header in order, its name in any case."""
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)


def without(headers: Headers, names: Iterable[str]) -> Headers:
    """The headers without those of the given lower-case names."""
    dropped = frozenset(names)
    return tuple(pair for pair in headers if pair[0].lower() not in dropped)


def end_to_end(headers: Headers) -> Headers:
    """The headers that are passed on: all but hop-by-hop ones and those that Connection names (RFC 9110, 7.6.1)."""
    named = {token.strip().lower() for value in header_values(headers, "connection") for token in value.split(",")}
    return without(headers, HOP_BY_HOP | (named - ALWAYS_END_TO_END))


def passable_trailers(trailers: Headers) -> Headers:
    """The trailers that are passed on: those that may stand behind a body, and are not ours to say."""
    return tuple(pair for pair in trailers if not is_no_trailer(pair[0]))


def is_no_trailer(name: str) -> bool:
    """Whether a field has no meaning behind a body (RFC 9110, 6.5.1), or one that only a proxy or we may give it."""
    folded = name.lower().replace("_", "-")
    return folded in NO_TRAILERS or folded.startswith(("x-forwarded-", "hookscope-"))


def asks_for_upgrade(headers: Headers) -> bool:
    """Whether a request's headers ask for a WebSocket and nothing else (RFC 6455, 4.1); any other upgrade may be
    ignored (RFC 9110, 7.8), and of several the server takes which it likes."""
    if not names_websocket(headers):
        return False
    options = ",".join(header_values(headers, "connection")).lower().split(",")
    return "upgrade" in map(str.strip, options)


def names_websocket(headers: Headers) -> bool:
    """Whether the one protocol that the headers of a request or an answer name for an upgrade is WebSocket."""
    return [value.strip().lower() for value in header_values(headers, "upgrade")] == ["websocket"]


def new_delivery_id(now: float, randomness: bytes) -> str:
    """A ULID in lower case: 48 bits of milliseconds, then the given 10 random bytes (github.com/ulid/spec)."""
    return spell(round(now * 1000), 10) + spell(int.from_bytes(randomness[:10], "big"), 16)


def spell(number: int, length: int) -> str:
    """A number in the alphabet of ids, in an even number of characters."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(5 * length - 10, -1, -10)])


def delivery_id_bytes(delivery_id: str) -> bytes:
    """The 16 bytes that a delivery id stands for; ValueError where it is not one."""
    if len(delivery_id) != 26 or not _ULID.issuperset(delivery_id):
        raise ValueError("a delivery id has 26 characters of its alphabet")
    number = int(delivery_id.translate(_AS_BASE_32), 32)
    if number >> 128:
        raise ValueError("a delivery id has 128 bits")
    return number.to_bytes(16, "big")
