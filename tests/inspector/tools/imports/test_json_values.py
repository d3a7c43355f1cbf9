from __future__ import annotations

import pytest

from hookscope.tools.imports.json_values import mapping, number, parse_json, sequence, text
from hookscope_relay.errors import InputError


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":\n1', "line 2, column 2"),
        (b"", "line 1, column 1"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"[" * 100_000, "nests too deep"),
        (b"1" * 10_000, "number without end"),
        (b"{'a':1}", "broken or cut off"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        parse_json(data, "a.har")
    assert str(told.value).startswith("a.har: ")


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]", "a") == [1]


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (mapping, [], "a JSON object"),
        (mapping, None, "a JSON object"),
        (sequence, {}, "a JSON array"),
        (text, 1, "text"),
        (text, None, "text"),
        (text, "\ud800", "without lone surrogates"),
        (number, "1", "a number"),
        (number, True, "a number"),
        (number, float("inf"), "a number"),
    ],
)
def test_a_wrong_type_is_told(read, value: object, wanted: str) -> None:
    with pytest.raises(InputError, match=f"^a.b must be .*{wanted}"):
        read(value, "a.b")


def test_null_is_the_default() -> None:
    assert (text(None, "a", "x"), number(None, "a", -1), tuple(sequence(None, "a"))) == ("x", -1, ())
