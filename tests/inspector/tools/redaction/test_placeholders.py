from __future__ import annotations

import pytest

from hookscope.tools.redaction.placeholders import HIDDEN, Masks, Placeholders

ONE, OTHER = Placeholders(b"1" * 32), Placeholders(b"2" * 32)


def test_the_same_value_has_the_same_placeholder_with_one_key_and_another_with_another() -> None:
    assert ONE.text("1234") == Placeholders(b"1" * 32).text("1234") != ONE.text("1235")
    assert ONE.text("1234") != OTHER.text("1234")


@pytest.mark.parametrize("value", ["1234", "", "é\ud800", "x" * 100_000])
def test_a_placeholder_is_short_ascii_and_known_again(value: str) -> None:
    for made in (ONE.text(value), ONE.email(value)):
        assert made.isascii()
        assert len(made) < 40
        assert ONE.stands(made)
    assert ONE.email(value).endswith("@example.com")


@pytest.mark.parametrize(
    ("spelt", "whole"), [("7", True), ("-7", True), ("1.5", False), ("1e9", False), ("0.0", False)]
)
def test_a_number_stays_a_number_that_every_reader_keeps(spelt: str, whole: bool) -> None:
    made = ONE.number(spelt)
    assert (made.isdigit(), float(made) < 2**53) == (whole, True)
    assert ONE.stands_number(made)
    assert not OTHER.stands_number(made)


@pytest.mark.parametrize(
    "text", ["redacted", "redacted-", "redacted-0123456789AB", "redacted-0123456789ab@corp.example", " "]
)
def test_other_texts_are_no_placeholders(text: str) -> None:
    assert not ONE.stands(text)


@pytest.mark.parametrize("spelt", ["912345678901234", "9", "0", "123456789012345", "91234567890123456"])
def test_other_numbers_are_no_placeholders(spelt: str) -> None:
    assert not ONE.stands_number(spelt)


@pytest.mark.parametrize(
    ("value", "shown"), [("abcdefghijklmnop", "abcd...mnop"), ("abcdefghijklmno", HIDDEN), ("hunter2", HIDDEN)]
)
def test_a_mask_shows_four_characters_at_each_end_of_a_long_secret(value: str, shown: str) -> None:
    assert Masks().text(value) == shown
    assert Masks().stands(shown)
    assert (Masks().email(value), Masks().number("12")) == ("redacted@example.com", "0")
    assert Masks().stands_number("0")
    assert not Masks().stands_number("12")
