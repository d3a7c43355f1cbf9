"""The fields behind a chunked body, which aiohttp's parser leaves out: read beside it, from the same bytes.

What it refuses never comes to its end here either, so of what is read nothing is judged but its size.
"""

from __future__ import annotations

import re

from hookscope_relay.delivery import Headers
from hookscope_relay.limits import Refusal
from hookscope_relay.settings import Limits

# A chunk's size and its extensions.
MAX_LINE = 64 * 1024
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class TrailerReader:
    """Follows a chunked body (RFC 9112, 7.1) from its first byte on."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rest = b""
        self._skipped = 0
        self._is_behind = False
        self._has_ended = False
        self._lines: list[bytes] = []
        self._bytes = 0

    def feed(self, data: bytes) -> None:
        """The next bytes, as they came off the connection."""
        if self._has_ended:
            return
        data, at = self._rest + data if self._rest else data, 0
        while not self._has_ended:
            if self._skipped:
                step = min(self._skipped, len(data) - at)
                at, self._skipped = at + step, self._skipped - step
            end = data.find(b"\r\n", at)
            if self._skipped or end < 0:
                break
            self._take(data[at:end])
            at = end + 2
        self._rest = data[at:]
        if len(self._rest) > MAX_LINE:
            self._has_ended, self._rest = True, b""

    def fields(self) -> Headers:
        """What came; `Refusal` where that is more than a head may be."""
        if self._bytes > self._limits.header_bytes:
            raise Refusal("headers-too-large", limit="max-header-bytes")
        if len(self._lines) > self._limits.header_count:
            raise Refusal("headers-too-large", limit="max-headers")
        pairs = [line.decode("latin-1").partition(":") for line in self._lines]
        return tuple((name, value.strip(" \t")) for name, _, value in pairs)

    def _take(self, line: bytes) -> None:
        if self._is_behind:
            self._take_field(line)
            return
        digits = line.partition(b";")[0].strip(b" \t")
        if not _SIZE.fullmatch(digits):
            self._has_ended = True
            return
        size = int(digits, 16)
        self._is_behind = size == 0
        self._skipped = size + 2 if size else 0

    def _take_field(self, line: bytes) -> None:
        self._has_ended = not line
        self._bytes += len(line)
        if line and self._bytes <= self._limits.header_bytes:
            self._lines.append(line)
