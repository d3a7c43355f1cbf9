"""A multipart body as its parts: name, file name, type and where the bytes lie (RFC 2046, section 5.1; RFC 7578)."""

from __future__ import annotations

from dataclasses import dataclass

from hookscope.payload.kinds import parse_parameters
from hookscope_relay.delivery import Headers, header

MAX_PARTS = 1000
MAX_HEAD = 16 * 1024
MAX_BOUNDARY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; its content is `body[start:end]`. Texts are empty where the part does not say."""

    headers: Headers
    name: str
    filename: str
    content_type: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """The content's length in bytes."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Multipart:
    """The parts in order.

    `flaw` says what is wrong with the whole (`no boundary`, `not closed`, …), else it is empty.
    """

    parts: tuple[Part, ...]
    flaw: str = ""


def parse_multipart(content_type: str, body: bytes, max_parts: int = MAX_PARTS) -> Multipart:
    """The parts of the body; what lies before the first boundary and after the last is left out."""
    boundary = parse_parameters(content_type)[1].get("boundary", "")
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        return Multipart((), "the Content-Type names no boundary")
    mark = b"--" + boundary.encode("latin-1", "replace")
    at = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    if at == 0 and not body.startswith(mark):
        return Multipart((), "the boundary is not in the body")
    parts: list[Part] = []
    while len(parts) < max_parts:
        at += len(mark)
        if body[at : at + 2] == b"--":
            return Multipart(tuple(parts))
        start = body.find(b"\n", at) + 1
        following = body.find(b"\n" + mark, start - 1) if start else -1
        if following < 0:
            return Multipart(tuple(parts), "the last boundary is missing")
        parts.append(_part(body, start, following))
        at = following + 1
    return Multipart(tuple(parts), f"only the first {max_parts} parts are shown")


def _part(body: bytes, start: int, line_end: int) -> Part:
    """The part between the line after a boundary and the newline before the next."""
    end = max(start, line_end - 1 if body[line_end - 1 : line_end] == b"\r" else line_end)
    headers, content = _head(body, start, end)
    disposition = parse_parameters(header(headers, "content-disposition") or "")[1]
    return Part(
        headers=headers,
        name=_text(disposition.get("name", "")),
        filename=_text(disposition.get("filename", "")),
        content_type=parse_parameters(header(headers, "content-type") or "")[0],
        start=content,
        end=end,
    )


def _head(body: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The part's headers, and where its content begins."""
    headers: list[tuple[str, str]] = []
    limit = min(end, start + MAX_HEAD)
    at = start
    while at < limit:
        line_end = body.find(b"\n", at, limit)
        if line_end < 0:
            break
        line = body[at:line_end].rstrip(b"\r")
        at = line_end + 1
        if not line:
            return tuple(headers), at
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip(), value.strip()))
    return tuple(headers), min(at, end)


def _text(value: str) -> str:
    """Header text is latin-1; names and file names are UTF-8 in practice (RFC 7578, section 5.1)."""
    return value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
