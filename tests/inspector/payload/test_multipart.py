from __future__ import annotations

import pytest

from hookscope.payload.multipart import parse_multipart

BODY = (
    b'preamble\r\n--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nhello\r\n--b\r\n'
    b'content-disposition: form-data; name=file; filename="\xc3\xa9.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--b--\r\nrest'
)


def test_parts_have_name_file_name_type_and_place() -> None:
    found = parse_multipart("multipart/form-data; boundary=b", BODY)
    assert found.flaw == ""
    first, second = found.parts
    assert (first.name, first.filename, first.content_type, BODY[first.start : first.end]) == (
        "title",
        "",
        "",
        b"hello",
    )
    assert (second.name, second.filename, second.content_type) == ("file", "é.png", "image/png")
    assert BODY[second.start : second.end] == b"\x89PNG\r\n"
    assert second.size == 6


@pytest.mark.parametrize(
    ("content_type", "body", "flaw", "parts"),
    [
        ("multipart/form-data", BODY, "the Content-Type names no boundary", 0),
        ('multipart/form-data; boundary=""', BODY, "the Content-Type names no boundary", 0),
        ("multipart/form-data; boundary=" + "x" * 300, BODY, "the Content-Type names no boundary", 0),
        ("multipart/form-data; boundary=other", BODY, "the boundary is not in the body", 0),
        ("multipart/form-data; boundary=b", BODY[:120], "the last boundary is missing", 1),
        ("multipart/form-data; boundary=b", b"--b", "the last boundary is missing", 0),
        ("multipart/form-data; boundary=b", b"--b--", "", 0),
        ("multipart/form-data; boundary=b", b"--b\r\n--b--", "", 1),
        ("multipart/form-data; boundary=b", b"--b\nno head\n--b--", "", 1),
        ("multipart/form-data; boundary=b", b"--b\n\n" * 5000, "only the first 1000 parts are shown", 1000),
    ],
)
def test_hostile_and_broken_bodies(content_type: str, body: bytes, flaw: str, parts: int) -> None:
    found = parse_multipart(content_type, body)
    assert (found.flaw, len(found.parts)) == (flaw, parts)
    assert all(0 <= part.start <= part.end <= len(body) for part in found.parts)
