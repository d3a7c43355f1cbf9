from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.tools.redaction.fields import rewrite_fields


def same(name: str) -> str:
    return name


@pytest.mark.parametrize(
    ("data", "rewritten"),
    [
        (b"a=1&b=x+y&c", b"a=1&b=x+y&c"),
        (b"a=1&p=x%20y&b=%zz", b"a=1&p=N%26W&b=%zz"),
        (b"p=x+y", b"p=N%26W"),
        (b"%70=v", b"%70=N%26W"),
        (b"p=&p", b"p=&p"),
        (b"", b""),
        (b"&&=&", b"&&=&"),
    ],
)
def test_only_the_value_that_changes_is_written_anew(data: bytes, rewritten: bytes) -> None:
    assert rewrite_fields(data, same, lambda name, value: "N&W" if name == "p" else value) == rewritten


def test_spaces_are_written_as_the_value_writes_them() -> None:
    assert rewrite_fields(b"a=x+y&b=x%20y", same, lambda _, value: value + " z") == b"a=x+y+z&b=x%20y%20z"


@given(data=st.binary(max_size=100))
def test_what_is_not_changed_keeps_every_byte(data: bytes) -> None:
    assert rewrite_fields(data, same, lambda _, value: value) == data


@given(data=st.binary(max_size=60))
def test_any_bytes_can_be_written_anew(data: bytes) -> None:
    once = rewrite_fields(data, same, lambda _, value: value + "!")
    assert rewrite_fields(once, same, lambda _, value: value.removesuffix("!") + "!") == once
