from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.signatures.mistakes.lost_digits import MAX_BYTES, guesses


@pytest.mark.parametrize(
    ("delivered", "signed"),
    [
        (b'{"id":7,"a":10,"b":3}', b'{"id":7,"a":10.0,"b":3.0}'),
        (b'{"id":7,"a":10,"b":3}', b'{"id":7.0,"a":10.0,"b":3.0}'),
        (b'{"price":19.9,"tax":0.5,"id":1}', b'{"price":19.90,"tax":0.50,"id":1}'),
        (b'{"price":19.9,"id":1}', b'{"price":19.90,"id":1.00}'),
        (b'{"id":1785432109417001000}', b'{"id":1785432109417000961}'),
        (b"[9007199254740992]", b"[9007199254740993]"),
    ],
)
def test_lost_digits_are_guessed(delivered, signed):
    assert signed in {body for _, body in guesses(delivered)}


def test_numbers_in_texts_are_left_alone():
    assert all(b'"10 of 20"' in body for _, body in guesses(b'{"t":"10 of 20","a":1,"b":2}'))


@pytest.mark.parametrize("body", [b"", b"10", b'"10"', b"[\xff 1, 2]", b"[" + b"1," * MAX_BYTES + b"1]"])
def test_there_are_none_of_what_is_large_or_no_json(body):
    assert list(guesses(body)) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False), max_size=60))
def test_they_are_bounded(numbers):
    assert sum(1 for _ in guesses(repr(numbers).encode())) < 60_000
