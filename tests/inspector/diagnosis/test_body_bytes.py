"""What the bytes of a body say, whatever they are."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from hookscope.diagnosis.body_bytes import (
    PARSE_BYTES,
    READ_BYTES,
    dechunked,
    inflated,
    json_error,
    json_value,
    one_line,
    valid_json,
    words_of,
)


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        (b'{"n":%b}' % (b"9" * 400), True),
        (rb'{"t":"\ud83d"}', True),
        (b'{"t":"\xff"}', False),
        (b"{", False),
        (b"[" * 100_000, False),
        (b'"' + b"x" * PARSE_BYTES + b'"', False),
    ],
    ids=["a long number", "half a pair", "no UTF-8", "cut", "deep", "large without escapes"],
)
def test_json_that_the_parser_only_cannot_hold(body: bytes, valid: bool) -> None:
    assert valid_json(body) is valid


def test_the_value_of_such_a_body() -> None:
    assert json_value(b'{"n":%b}' % (b"9" * 400)) == {"n": int("9" * 400)}
    assert json_value(b"[" * 100_000) is None
    assert json_value(b" " * PARSE_BYTES + b"1") is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", ("byte 0xff is not UTF-8", 0)),
        ('{"é":}'.encode(), ("Expecting value", 6)),
        (b"[" * 100_000, ("it nests too deeply", 0)),
        (b'{"n":NaN}', ("it is not valid JSON", 0)),
    ],
    ids=["no UTF-8", "no value", "deep", "what Python takes all the same"],
)
def test_why_a_body_is_no_json_is_told_with_its_byte(body: bytes, why: tuple[str, int]) -> None:
    assert json_error(body) == why


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no", ["no"]),
        ({"code": "E1", "message": "no"}, ["no", "E1"]),
        ({"errors": {"name": ["is missing"]}}, ["is missing"]),
        ({"unknown": "no"}, []),
        (7, []),
        ([[[[["too deep"]]]]], []),
    ],
    ids=str,
)
def test_the_words_of_an_error(value: Any, words: list[str]) -> None:
    assert words_of(value) == words


def test_a_line_of_a_page_is_read_as_a_person_reads_it() -> None:
    assert one_line("caf\xc3\xa9 &amp;\n\t bar ") == "café & bar"


@pytest.mark.parametrize("packed", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
def test_what_was_packed_is_unpacked_up_to_a_bound(packed: Any) -> None:
    assert inflated(packed(b"no")) == b"no"
    assert inflated(packed(bytes(READ_BYTES * 4))) == bytes(READ_BYTES)


def test_what_was_not_packed_is_empty() -> None:
    assert inflated(b"no") == b""


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"3\r\nab", b"ab"),
        (b'{"a":1}', b'{"a":1}'),
        (b"", b""),
    ],
)
def test_chunk_framing_is_taken_off(body: bytes, whole: bytes) -> None:
    assert dechunked(body) == whole
