from __future__ import annotations

import pytest

from hookscope.payload.forms import FormPair, parse_form


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
