from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.payload.forms import FormPair, parse_form, unquote


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a=x+y%20z", [("a", "x y z")]),
        (b"a", [("a", "")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"=v", [("", "v")]),
        (b"&&", []),
        (b"", []),
        ("n=é&m=%C3%A9".encode(), [("n", "é"), ("m", "é")]),
        (b"a=%FF%zz%", [("a", "\udcff%zz%")]),
    ],
)
def test_pairs_are_decoded_in_order(body: bytes, pairs: list[tuple[str, str]]) -> None:
    assert parse_form(body).pairs == tuple(FormPair(*pair) for pair in pairs)


def test_a_flood_of_pairs_is_counted() -> None:
    form = parse_form(b"&".join([b"a=1"] * 5000))
    assert (len(form.pairs), form.more) == (1000, 4000)


@given(st.binary(max_size=40), st.integers(0, 6))
def test_escapes_are_undone_wherever_a_block_ends(tail: bytes, shift: int) -> None:
    raw = b"a" * (64 * 1024 - shift) + b"%7B%7d%" + tail
    assert unquote(raw) == unquote_to_bytes(raw)
