"""An ordinary answer, read without a parser's machinery: HTTP/1.x, its length told once, no framing but that.

Nearly every answer of a handler is one. What is said here of an answer is what h11 says of it; anything that is not
plain in every byte is left to h11 (`exchange`), so that nothing is taken more loosely here than there.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from hookscope_relay.delivery import Answer

# What is larger comes in many reads, and is not worth being quick about.
MAX_HEAD = 64 * 1024
MAX_BODY = 256 * 1024

_HEAD = re.compile(
    rb"HTTP/1\.([01]) ([2-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n"
)
_LENGTH = re.compile(rb"(?:^|\n)content-length:[ \t]*(\d{1,9})[ \t]*\r\n")
_CONNECTION = re.compile(rb"(?:^|\n)connection:[ \t]*(close|keep-alive)[ \t]*\r\n")

NoAnswer: TypeAlias = Literal["more", "unusual"]


class PlainAnswer(msgspec.Struct, frozen=True, gc=False):
    """A whole answer; `reusable` says that its connection may carry another request."""

    answer: Answer
    reusable: bool


class PlainHead(msgspec.Struct, frozen=True, gc=False):
    """The head of a plain answer: what it says, where its body begins and where that ends."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body_at: int
    end: int
    reusable: bool

    def complete(self, data: bytes) -> PlainAnswer | NoAnswer:
        """The answer whose first bytes these are, `more` while its body is not whole;
        more bytes than it has are not plain."""
        if len(data) < self.end:
            return "more"
        if len(data) > self.end:
            return "unusual"
        return PlainAnswer(_answer(self, data), self.reusable)


def _answer(head: PlainHead, data: bytes) -> Answer:
    return Answer(status=head.status, reason=head.reason, headers=head.headers, body=data[head.body_at :])


def read_head(data: bytes) -> PlainHead | NoAnswer:
    """The head that the bytes begin with; `more` while it is not whole, `unusual` where h11 has to look."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return "more" if len(data) <= MAX_HEAD else "unusual"
    match = _HEAD.match(data, 0, end + 4)
    if match is None or match.end() != end + 4:
        return "unusual"
    version, status, reason, block = match.groups()
    lower = block.lower()
    length = _length(int(status), lower)
    keeps = _keeps_connection(lower)
    if length is None or keeps is None or reason != reason.strip(b" \t"):
        return "unusual"
    pairs = [line.partition(":") for line in block.decode("latin-1").split("\r\n")[:-1]]
    headers = tuple([(name, value.strip(" \t")) for name, _, value in pairs])
    return PlainHead(
        int(status), reason.decode("latin-1"), headers, end + 4, end + 4 + length, keeps and version == b"1"
    )


def _length(status: int, lower: bytes) -> int | None:
    """How long the body is; None where that needs rules."""
    if b"transfer-encoding" in lower or b"upgrade" in lower or status == 304:
        return None
    told = lower.count(b"content-length")
    if status == 204:
        return None if told else 0
    match = _LENGTH.search(lower)
    if told != 1 or match is None or int(match[1]) > MAX_BODY:
        return None
    return int(match[1])


def _keeps_connection(lower: bytes) -> bool | None:
    """Whether the connection stays open after it; None where that needs rules."""
    told = lower.count(b"connection:")
    if not told:
        return True
    match = _CONNECTION.search(lower)
    return None if told != 1 or match is None else match[1] == b"keep-alive"
