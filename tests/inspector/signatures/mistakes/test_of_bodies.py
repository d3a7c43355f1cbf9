from __future__ import annotations

import gzip
import zlib

import pytest

from factories import make_delivery
from hookscope.providers.facts import Facts
from hookscope.signatures.mistakes.of_bodies import MAX_UNPACKED, body_mistakes

FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def found(body: bytes, headers=()) -> dict[bytes, str]:
    return {changed: mistake for mistake, _, changed in body_mistakes(body, Facts(make_delivery(headers=headers)))}


@pytest.mark.parametrize(
    ("body", "changed", "mistake"),
    [
        (b"a", b"a\n", "body-newline-added"),
        (b"a\n", b"a", "body-newline-removed"),
        (b"a\r\n", b"a", "body-newline-removed"),
        (b"a\nb", b"a\r\nb", "body-crlf"),
        (b"a\r\nb", b"a\nb", "body-crlf"),
        (b"  a \n", b"a", "body-trimmed"),
        (b"a", b"\xef\xbb\xbfa", "body-bom"),
        (b"\xef\xbb\xbfa", b"a", "body-bom"),
        ("é".encode(), "é".encode("latin-1"), "body-charset"),
        ("é".encode(), "é".encode().decode("latin-1").encode(), "body-charset"),
        ("é€".encode(), "é€".encode("cp1252"), "body-charset"),
        ("é".encode(), "e\u0301".encode(), "body-unicode-form"),
        (gzip.compress(b"abc", mtime=0), b"abc", "body-decompressed"),
        (zlib.compress(b"abc"), b"abc", "body-decompressed"),
        (b"abc", gzip.compress(b"abc", 6, mtime=0), "body-compressed"),
        (b"abc", b"", "body-empty"),
        (b"", b"{}", "body-empty"),
        (b'{"a":1}', b'{"a": 1}', "body-reserialized"),
        (b'{"a":1.0}', b'{"a":1}', "body-number-changed"),
        (b'{ "a" : 1 }', b'{ "a" : 1.0 }', "body-number-changed"),
    ],
)
def test_a_change_is_undone_under_its_name(body, changed, mistake):
    assert found(body)[changed] == mistake


@pytest.mark.parametrize(
    "changed", [b"a=1+2&b=%C3%A9&c=", b"a=1%202&b=%C3%A9&c=", b"b=%C3%A9&a=1%202", b"c=&b=%C3%A9&a=1+2", b"a=1 2&b=\xc3\xa9&c="]
)  # fmt: skip
def test_a_form_is_written_again_in_many_ways(changed):
    body = b"b=%c3%a9&a=1%202&c=" if changed[:1] == b"a" else b"c=&b=%c3%a9&a=1%202"
    assert found(body, FORM)[changed] == "body-form-reencoded"


def test_a_form_parsed_by_a_framework_becomes_json():
    changes = found(b"a=1%202&b=x&b=y", FORM)
    assert changes[b'{"a":"1 2","b":["x","y"]}'] == "body-form-reencoded"
    assert changes[b'{"a": "1 2", "b": "y"}'] == "body-form-reencoded"


def test_the_body_itself_is_no_mistake():
    for body in (b"", b"a\n", b'{"a":1}', b"\xff", b"a=1&b=2"):
        assert body not in found(body, FORM)


def test_a_bomb_is_not_unpacked():
    bomb = gzip.compress(b"\0" * (MAX_UNPACKED + 1), mtime=0)
    assert "body-decompressed" not in found(bomb).values()
