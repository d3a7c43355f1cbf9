from __future__ import annotations

import gzip

import pytest

from hookscope.tui.canvas.document import Document
from hookscope.tui.presentation.body import body_blocks

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + b"\0\0\0\x10\0\0\0\x20"
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n'


def shown(media_type: str, body: bytes, *headers: tuple[str, str]) -> str:
    return Document(body_blocks((("Content-Type", media_type), *headers), body)).text(100)


@pytest.mark.parametrize(
    ("media_type", "body", "texts"),
    [
        ("application/json", b'{"a":1}', ("JSON", '"a": 1')),
        ("application/json", b'{"a":1', ("not valid JSON", '"a": 1')),
        ("application/json", b"", ("empty",)),
        ("application/x-www-form-urlencoded", b"name=caf%C3%A9&x=1", ("form", "name", "café")),
        ("multipart/form-data; boundary=b", MULTIPART, ("multipart", "▪ file", "a.txt", "hello")),
        ("multipart/form-data", b"x", ("✗ the Content-Type names no boundary",)),
        ("text/xml", b"<a>b</a>", ("XML", "<a>b</a>")),
        ("text/html", b"<h1>No</h1>", ("text", "<h1>No</h1>")),
        ("text/plain", b"hello", ("text · 5 B", "hello")),
        ("image/png", PNG, ("image", "PNG image, 16 × 32 pixels", "89 50 4e 47")),
        ("application/octet-stream", b"\0\1\2", ("binary", "00 01 02")),
    ],
)
def test_a_body_is_shown_as_what_it_is(media_type: str, body: bytes, texts: tuple[str, ...]) -> None:
    text = shown(media_type, body)
    for part in texts:
        assert part in text


def test_a_packed_body_is_shown_unpacked_and_says_so() -> None:
    text = shown("application/json", gzip.compress(b'{"a":1}'), ("Content-Encoding", "gzip"))
    assert "gzip, shown unpacked (7 B)" in text
    assert '"a": 1' in text


def test_a_damaged_packed_body_says_why() -> None:
    assert "damaged" in shown("text/plain", b"no gzip", ("Content-Encoding", "gzip"))


def test_nothing_a_sender_wrote_is_a_command() -> None:
    hostile = b"\x1b]0;owned\x07\x9b31m[bold]x[/bold]"
    for media_type in ("application/json", "text/plain", "text/html", "text/xml", "application/x-www-form-urlencoded"):
        assert shown(media_type, hostile).replace("\n", "").isprintable()
