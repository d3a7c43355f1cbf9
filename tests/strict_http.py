"""A reader of HTTP/1 requests that takes nothing but what RFC 9112 writes down: the judge of what a relay accepted.

It is slow and short, and shares no code with the relay. `read_requests` gives the whole requests at the beginning of
some bytes, up to the first thing that is not valid; a relay may accept fewer, never others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# RFC 9112, 3: more than one space between the parts is a recipient's to take or not.
REQUEST_LINE = re.compile(rb"([A-Z-]+) +(/[\x21-\x7e]*) +HTTP/1\.([01])")
HEADER = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
CHUNK = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, header pairs in order."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]


class Invalid(Exception):
    """What follows is not a whole, valid request."""


def read_requests(data: bytes) -> list[Request]:
    """The valid requests that the bytes begin with."""
    found: list[Request] = []
    while data:
        try:
            request, data = _read(data)
        except Invalid:
            break
        found.append(request)
    return found


def _read(data: bytes) -> tuple[Request, bytes]:
    # RFC 9112, 2.2: empty lines before the request line are ignored, and nobody is misled by half of one.
    line, data = _line(data.lstrip(b"\r\n"))
    match = REQUEST_LINE.fullmatch(line)
    if match is None or match[1] == b"CONNECT":
        raise Invalid
    headers, data = _headers(data)
    request = Request(match[1], match[2], headers, b"")
    if match[3] == b"1" and len(request.values(b"host")) != 1:
        raise Invalid
    body, data = _body(request, data, is_1_0=match[3] == b"0")
    return Request(match[1], match[2], headers, body), data


def _body(request: Request, data: bytes, *, is_1_0: bool) -> tuple[bytes, bytes]:
    lengths, codings = request.values(b"content-length"), request.values(b"transfer-encoding")
    if codings:
        if lengths or is_1_0 or [coding.lower() for coding in codings] != [b"chunked"]:
            raise Invalid
        return _chunks(data)
    if not lengths:
        return b"", data
    if len(lengths) > 1 or not re.fullmatch(rb"\d{1,18}", lengths[0]) or len(data) < int(lengths[0]):
        raise Invalid
    return data[: int(lengths[0])], data[int(lengths[0]) :]


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        line, data = _line(data)
        match = CHUNK.fullmatch(line)
        if match is None:
            raise Invalid
        size = int(match[1], 16)
        if not size:
            return body, _headers(data)[1]
        if data[size : size + 2] != b"\r\n":
            raise Invalid
        body, data = body + data[:size], data[size + 2 :]


def _headers(data: bytes) -> tuple[tuple[tuple[bytes, bytes], ...], bytes]:
    headers: list[tuple[bytes, bytes]] = []
    while True:
        line, data = _line(data)
        if not line:
            return tuple(headers), data
        match = HEADER.fullmatch(line)
        if match is None:
            raise Invalid
        headers.append((match[1], match[2]))


def _line(data: bytes) -> tuple[bytes, bytes]:
    line, end, rest = data.partition(b"\r\n")
    if not end or b"\n" in line or b"\r" in line:
        raise Invalid
    return line, rest
