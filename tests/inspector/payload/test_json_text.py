from __future__ import annotations

import time
from itertools import islice

import pytest

from hookscope.payload.json_text import json_lines, pretty_json


def test_numbers_keys_and_escapes_keep_their_spelling() -> None:
    body = b'{"b":1.10,"a":1e400,"a":-0.0,"s":"\\u00e9\\/","n":12345678901234567890123,"e":{},"l":[ ]}'
    assert pretty_json(body) == (
        '{\n  "b": 1.10,\n  "a": 1e400,\n  "a": -0.0,\n  "s": "\\u00e9\\/",\n'
        '  "n": 12345678901234567890123,\n  "e": {},\n  "l": []\n}'
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"[1,[2,{}]]", "[\n  1,\n  [\n    2,\n    {}\n  ]\n]"),
        (b"7", "7"),
        (b"", ""),
        (b"oops", "oops"),
        (b'{"a": 1, oops}\n<more>', '{\n  "a": 1,\n  oops}\n  <more>'),
        (b"[1", "[\n  1"),
        (b"[[]]x", "[\n  []\n]\nx"),
    ],
)
def test_layout(body: bytes, shown: str) -> None:
    assert pretty_json(body) == shown


def test_pieces_name_their_kind() -> None:
    line = list(json_lines(b'{"a": true}'))[1]
    assert [piece.kind for piece in line.pieces] == ["key", "colon", "literal"]


def test_deep_nesting_does_not_grow_with_the_square() -> None:
    shown = pretty_json(b"[" * 100_000)
    assert len(shown) < 300_000


def test_a_huge_string_is_cut_with_its_length() -> None:
    assert pretty_json(b'"' + b"x" * 1_000_000 + b'"').endswith("… (990,002 characters more)")


def test_the_first_page_of_a_large_body_comes_at_once() -> None:
    body = b"[" + b'{"id": 1, "name": "x"},' * 400_000 + b"0]"
    started = time.perf_counter()
    assert len(list(islice(json_lines(body), 50))) == 50
    assert time.perf_counter() - started < 1.0


def test_bytes_that_are_not_utf8_do_not_raise() -> None:
    assert pretty_json(b'{"a": "\xff"}') == '{\n  "a": "\udcff"\n}'
