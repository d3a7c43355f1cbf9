"""Images by their first bytes: type and size in pixels, for a line that names them. Nothing is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

IMAGE_MAGIC: dict[bytes, str] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"\xff\xd8\xff": "jpeg",
}

MAX_SEGMENTS = 200
# Start-of-frame markers of JPEG hold the size (ITU-T T.81, table B.1); C4, C8 and CC are other things.
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Image:
    """An image's type (`png`, `gif`, `jpeg`, `webp`) and its size in pixels, 0 by 0 where the bytes do not say."""

    type: str
    width: int = 0
    height: int = 0


def image_of(body: bytes) -> Image | None:
    """The image that the body begins like; None for anything else."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _or_unsized("webp", _webp_size(body))
    kind = next((name for magic, name in IMAGE_MAGIC.items() if body.startswith(magic)), None)
    if kind is None:
        return None
    size = {"png": _png_size, "gif": _gif_size, "jpeg": _jpeg_size}[kind](body)
    return _or_unsized(kind, size)


def _or_unsized(kind: str, size: tuple[int, int] | None) -> Image:
    return Image(kind, *(size or (0, 0)))


def _png_size(body: bytes) -> tuple[int, int] | None:
    if len(body) < 24 or body[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", body, 16)
    return width, height


def _gif_size(body: bytes) -> tuple[int, int] | None:
    if len(body) < 10:
        return None
    width, height = struct.unpack_from("<HH", body, 6)
    return width, height


def _jpeg_size(body: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(MAX_SEGMENTS):
        if at + 9 > len(body) or body[at] != 0xFF:
            return None
        marker = body[at + 1]
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", body, at + 5)
            return width, height
        at += 2 if marker in JPEG_WITHOUT_LENGTH else 2 + struct.unpack_from(">H", body, at + 2)[0]
    return None


def _webp_size(body: bytes) -> tuple[int, int] | None:
    """The size by the first chunk: extended, lossless or lossy (RFC 9649, section 2)."""
    if len(body) < 30:
        return None
    chunk = body[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
