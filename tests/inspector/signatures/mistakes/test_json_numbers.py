from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.signatures.mistakes.json_numbers import FURTHER_LANGUAGES, LANGUAGES

# The number on the left, as each language writes it again.
ROWS = [
    ("1.0", "1", "1.0", "1", "1.0", "1.0"),
    ("12345678901234567890", "12345678901234567000", "12345678901234567890", "1.2345678901234567e+19", "12345678901234567890", "12345678901234567890"),
    ("1e5", "100000", "100000.0", "100000", "100000.0", "100000.0"),
    ("1e-7", "1e-7", "1e-07", "1.0e-7", "1.0e-07", "1.0E-7"),
    ("1e25", "1e+25", "1e+25", "1.0e+25", "1.0e+25", "1.0E25"),
    ("-0", "0", "0", "0", "0", "0"),
    ("123456789.5", "123456789.5", "123456789.5", "123456789.5", "123456789.5", "1.234567895E8"),
    ("0.1", "0.1", "0.1", "0.1", "0.1", "0.1"),
    ("9007199254740993", "9007199254740992", "9007199254740993", "9007199254740993", "9007199254740993", "9007199254740993"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_language_writes_a_number_in_its_own_way(row):
    lexeme, *written = row
    order = ("JavaScript", "Python", "PHP", "Ruby", "Java")
    assert [LANGUAGES[language](lexeme) for language in order] == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_value_stays_the_same_double(number):
    for write in LANGUAGES.values():
        assert float(write(repr(number))) == number


FURTHER = [
    ("1", "1.0", "1", "1", "1"),
    ("100", "100.0", "100", "100", "1E+2"),
    ("1.10", "1.1", "1.1", "1.1000000000000001", "1.1"),
    ("1234567", "1234567.0", "1.23457e+06", "1234567", "1234567"),
    ("1e25", "1.0E25", "1e+25", "1.0000000000000001e+25", "1E+25"),
    ("1e999", "1e999", "1e999", "1e999", "1E+999"),
    ("1e99999999999999999999", "1e99999999999999999999", "1e99999999999999999999", "1e99999999999999999999", "1e99999999999999999999"),
]  # fmt: skip


@pytest.mark.parametrize("row", FURTHER, ids=[row[0] for row in FURTHER])
def test_those_that_are_met_less_often_have_ways_of_their_own(row):
    lexeme, *written = row
    order = ("a reader of doubles", "C", "C with 17 digits", "Java's BigDecimal")
    assert [FURTHER_LANGUAGES[language](lexeme) for language in order] == written


@pytest.mark.parametrize(("language", "written"), [("Java", "1e999"), ("PHP", "null"), ("JavaScript", "null")])
def test_what_no_double_holds_is_left_or_lost(language, written):
    assert LANGUAGES[language]("1e999") == written
