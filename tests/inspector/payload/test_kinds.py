from __future__ import annotations

import pytest

from hookscope.payload.kinds import classify, is_utf8, looks_like_text, media_type_of, parse_parameters

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("application/json", b"{}", "json"),
        ("Application/JSON; charset=utf-8", b"nonsense", "json"),
        ("application/vnd.api+json", b"{}", "json"),
        ("application/cloudevents+json", b"{}", "json"),
        ("application/soap+xml", b"<a/>", "xml"),
        ("text/xml", b"<a/>", "xml"),
        ("application/x-www-form-urlencoded", b"a=1", "form"),
        ("multipart/form-data; boundary=x", b"--x--", "multipart"),
        ("text/plain", b"hi", "text"),
        ("text/plain", b"\x00\x01", "binary"),
        ("application/json", b"\x1f\x8b\x08\x00", "binary"),
        ("application/json", PNG, "image"),
        ("image/png", PNG, "image"),
        ("application/octet-stream", b"RIFF\0\0\0\0WEBP", "image"),
        ("application/octet-stream", b'{"a": 1}', "json"),
        (None, b"[1]", "json"),
        (None, b"<?xml version='1.0'?>", "xml"),
        (None, b"a=1&b=2", "text"),
        (None, b"\xff\xfe", "binary"),
        ("application/json", b"", "empty"),
        ("json", b"{}", "json"),
        ("", b"hello", "text"),
        ("\xff\xff;;;=", b"hello", "text"),
    ],
)
def test_the_kind_of_a_body(content_type: str | None, body: bytes, kind: str) -> None:
    headers = () if content_type is None else (("content-TYPE", content_type),)
    assert classify(headers, body) == kind


def test_text_is_still_text_when_the_limit_cuts_a_character() -> None:
    assert looks_like_text(b"x" * 4095 + "é".encode() * 10)
    assert not looks_like_text(b"x" * 4000 + b"\xff" + b"x" * 1000)


def test_parameters_are_unquoted_and_the_first_counts() -> None:
    assert parse_parameters('a/B; x="q\\"; y"; Y=2; y=3') == ("a/b", {"x": 'q"; y', "y": "2"})


def test_no_content_type_is_an_empty_one() -> None:
    assert media_type_of(()) == ("", {})


@pytest.mark.parametrize(
    ("body", "utf8"), [(b"", True), ("é".encode(), True), (b"\xe9", False), (b"\xed\xa0\x80", False)]
)
def test_what_is_utf8(body: bytes, utf8: bool) -> None:
    assert is_utf8(body) is utf8
