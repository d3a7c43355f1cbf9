"""The request that an export makes: a delivery as it is to be sent again to a URL,
checked to be one that HTTP/1.1 can carry.

End-to-end headers keep order, case and repeats. Host, Content-Length and what belongs to one connection (RFC 9110,
7.6.1) are left to the client that runs the export, and so is Expect, which only asks for a wait.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hookscope_relay.delivery import Delivery, Headers, end_to_end, header, without
from hookscope_relay.errors import InputError

LEFT_TO_THE_CLIENT = frozenset({"host", "content-length", "expect"})

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00\r\n]*")
_URL = re.compile(r"(https?)://([^/?#\s\\@\x00-\x20\x7f]+)((?:[/?#][^\x00-\x20\x7f]*)?)", re.IGNORECASE)
_LOOPBACK = re.compile(r"(?:localhost|(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What goes out: `target` as it stands on the request line, `headers` without those left to the client.

    `has_length` says whether the request is to state a length even though its body is empty.
    """

    method: str
    scheme: str
    authority: str
    target: str
    headers: Headers
    body: bytes
    has_length: bool

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole URL, its target undecoded."""
        return self.origin + self.target

    @property
    def is_local(self) -> bool:
        """Whether it goes to this machine, where no proxy has a place."""
        return _LOOPBACK.fullmatch(self.authority) is not None

    def has(self, name: str) -> bool:
        """Whether there is a header of that name, in any case."""
        return header(self.headers, name) is not None


def build_request(delivery: Delivery, url: str) -> Request:
    """The request that sends the delivery to exactly that URL; `InputError` for what no client can send."""
    match = _URL.fullmatch(url)
    if match is None or not _is_latin_1(url):
        raise InputError(f"the URL {url[:100]!r} cannot be called", "give one such as http://localhost:3000/path")
    if not _TOKEN.fullmatch(delivery.method):
        raise _unsendable(f"the method {delivery.method[:40]!r}")
    headers = tuple((name, value.strip(" \t")) for name, value in delivery.headers)
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise _unsendable(f"the header name {name[:40]!r}")
        if not _VALUE.fullmatch(value) or not _is_latin_1(value):
            raise _unsendable(f"the value of the header {name}")
    target = match[3]
    return Request(
        method=delivery.method,
        scheme=match[1].lower(),
        authority=match[2],
        target=target if target.startswith("/") else "/" + target,
        headers=without(end_to_end(headers), LEFT_TO_THE_CLIENT),
        body=delivery.body,
        has_length=bool(delivery.body) or header(headers, "content-length") is not None,
    )


def sender_url(delivery: Delivery) -> str:
    """The URL that the sender called, as far as is known: else scheme, Host and target (RFC 9110, 7.1)."""
    host = (header(delivery.headers, "host") or "").strip() or "localhost"
    return delivery.url or f"{delivery.scheme}://{host}{delivery.target or '/'}"


def _is_latin_1(text: str) -> bool:
    return max(text, default="") <= "\xff"


def _unsendable(what: str) -> InputError:
    return InputError(f"{what} cannot be sent in an HTTP/1.1 request", "export another delivery, or correct the file")
