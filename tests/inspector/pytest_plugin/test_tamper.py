from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.pytest_plugin.tamper import other_bodies, other_value, tamper
from hookscope_relay.delivery import Delivery
from hookscope_relay.errors import InputError


def make(body: bytes, *headers: tuple[str, str]) -> Delivery:
    return Delivery(id="", received_at=0, method="POST", target="/", headers=headers, body=body)


def unless(*bodies: bytes) -> Callable[[Delivery], bool]:
    return lambda delivery: delivery.body in bodies


@pytest.mark.parametrize(
    ("body", "first"),
    [
        (b'{"id":"a7","n":3}', b'{"id":"a8","n":3}'),
        (b'{"n":3}', b'{"n":4}'),
        (b'{"n":9}', b'{"n":8}'),
        (b'{"n":1e5}', b'{"n":1e6}'),
        (b'{"t":"page"}', b'{"t":"pagf"}'),
        (b'{"t":"\\u00e9"}', b'{"t":"\\u00e9"} '),
        (b'{"a":true}', b'{"a":false}'),
        (b"{}", b"{} "),
        (b'["2026-01-01T00:00:00Z"]', b'["2026-01-01T00:00:01Z"]'),
        (b"\xff\x00", b"\xff\x01"),
        (b"hello", b"hemlo"),
        (b"{broken", b"{brnken"),
    ],
)
def test_one_character_of_one_value_changes(body: bytes, first: bytes) -> None:
    assert next(other_bodies(make(body))) == first


def test_a_form_keeps_its_fields_and_escapes() -> None:
    form = make(b"a=1&b=x%20y%2F", ("Content-Type", "application/x-www-form-urlencoded"))
    assert next(other_bodies(form)) == b"a=1&b=x%20z%2F"


def test_an_empty_body_has_no_other() -> None:
    assert list(other_bodies(make(b""))) == []


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("sha256=00000000", "sha256=00001000"),
        ("t=1789990000,v1=ffffffffffffffff", "t=1789990000,v1=ffffffffefffffff"),
        ("AAAA==", "AABA=="),
        ("", ""),
        ("=;=", "=;="),
    ],
)
def test_a_signature_changes_in_its_middle(value: str, other: str) -> None:
    assert other_value(value) == other


def test_a_value_that_nobody_signs_is_passed_over() -> None:
    body = b'{"a":"x1","signed":"y1"}'
    tampered = tamper(make(body), unless(body, b'{"a":"x2","signed":"y1"}'), (), True)
    assert tampered.body == b'{"a":"x1","signed":"y2"}'


def test_where_no_change_of_the_body_is_noticed_the_signature_changes() -> None:
    delivery = make(b'{"a":1}', ("X-Token", "abcdef"))
    tampered = tamper(delivery, lambda changed: changed.headers == delivery.headers, ("X-Token",), True)
    assert (tampered.headers, tampered.body) == ((("X-Token", "abceef"),), b'{"a":1}')


def test_a_bare_token_changes_and_the_body_stays() -> None:
    tampered = tamper(make(b'{"a":1}', ("X-Token", "abcdef")), lambda _: False, ("X-Token",), False)
    assert (tampered.headers, tampered.body) == ((("X-Token", "abceef"),), b'{"a":1}')


def test_the_length_follows() -> None:
    tampered = tamper(make(b'{"a":true}', ("content-length", "10")), lambda _: False, (), True)
    assert tampered.headers == (("content-length", "11"),)


def test_what_is_not_signed_cannot_be_tampered_with() -> None:
    with pytest.raises(InputError, match="nothing of the delivery is signed"):
        tamper(make(b""), lambda _: False, (), True)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), values, min_size=1, max_size=4), st.booleans())
def test_json_stays_json(value: object, is_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    for other in other_bodies(make(body)):
        assert other != body
        json.loads(other.decode("utf-8", "surrogatepass"))


@given(st.binary(min_size=1, max_size=200))
def test_any_body_has_another(body: bytes) -> None:
    assert next(other_bodies(make(body))) != body
