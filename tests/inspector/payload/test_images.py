from __future__ import annotations

import struct

import pytest

from hookscope.payload.images import Image, image_of

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 10, 20)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 48, 64) + b"\x03"
VP8X = b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
VP8L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (99 | 49 << 14).to_bytes(4, "little") + b"\0" * 8
VP8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 100, 50)


@pytest.mark.parametrize(
    ("body", "image"),
    [
        (PNG, Image("png", 640, 480)),
        (GIF, Image("gif", 10, 20)),
        (JPEG, Image("jpeg", 64, 48)),
        (VP8X, Image("webp", 100, 50)),
        (VP8L, Image("webp", 100, 50)),
        (VP8, Image("webp", 100, 50)),
        (VP8.replace(b"VP8 ", b"ANIM"), Image("webp")),
        (b"hello", None),
        (b"", None),
    ],
)
def test_type_and_size(body: bytes, image: Image | None) -> None:
    assert image_of(body) == image


@pytest.mark.parametrize("body", [PNG, GIF, JPEG, VP8X, VP8L, VP8])
def test_an_image_cut_off_anywhere_is_unsized_at_worst(body: bytes) -> None:
    for length in range(len(body)):
        image = image_of(body[:length])
        assert image is None or image.width >= 0


def test_a_jpeg_of_endless_segments_ends() -> None:
    assert image_of(b"\xff\xd8\xff" + b"\xff\x01" * 100_000) == Image("jpeg")
