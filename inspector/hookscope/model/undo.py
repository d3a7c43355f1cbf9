"""A path as the most lenient server may read it: for questions about dots only, and never for what is passed on."""

from __future__ import annotations

import re
import unicodedata

# Proxies and frameworks each decode once, and no chain of them is longer than this.
MOST_TIMES = 8

_ENCODED = re.compile(r"%(?:([0-9a-f]{2})|u([0-9a-f]{4}))", re.IGNORECASE)
# ASCII in two, three or four bytes, which lenient decoders take.
_OVERLONG = re.compile(r"(?:[\xc0\xc1]|\xe0[\x80\x81]|\xf0\x80[\x80\x81])[\x80-\xbf]")
# What some servers take for a slash when they fit a character into a code page.
_SLASHES = str.maketrans("\u2044\u2215", "//")


def undo(path: str) -> str:
    """The path decoded until nothing is encoded any more, overlong forms and compatible characters made plain."""
    for _ in range(MOST_TIMES):
        decoded = _ENCODED.sub(lambda match: chr(int(match[1] or match[2], 16)), path)
        if decoded == path:
            break
        path = decoded
    if path.isascii():
        return path
    short = _OVERLONG.sub(_short, path)
    return unicodedata.normalize("NFKC", _as_utf8(short)).translate(_SLASHES)


def _short(match: re.Match[str]) -> str:
    lead, last = match[0][-2], match[0][-1]
    return chr((ord(lead) & 1) << 6 | ord(last) & 0x3F)


def _as_utf8(text: str) -> str:
    """Characters that stand for bytes read as UTF-8, and what is none left out."""
    data = b"".join(bytes([ord(char)]) if ord(char) < 256 else char.encode(errors="ignore") for char in text)
    return data.decode(errors="ignore")
