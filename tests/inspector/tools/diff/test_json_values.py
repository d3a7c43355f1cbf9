from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.tools.diff.json_values import compare_documents, parse_document, written


def differences(left: str, right: str) -> list[tuple[str, str, str | None, str | None]]:
    one, other = parse_document(left.encode()), parse_document(right.encode())
    assert one is not None
    assert other is not None
    return [(item.place, item.kind, item.left, item.right) for item in compare_documents(one, other)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{"a":1,"b":[2]}', ' { "b" : [ 2 ],\n"a":1}'),
        ('{"a":"\\u00e9"}', '{"a":"é"}'),
        ("null", " null "),
        ('{"a":{"x":1,"y":2}}', '{"a":{"y":2,"x":1}}'),
    ],
)
def test_the_same_meaning_is_no_difference(left: str, right: str) -> None:
    assert differences(left, right) == []


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ('{"a":1}', '{"a":2}', [("body/a", "changed", "1", "2")]),
        ('{"a":1}', '{"a":1.0}', [("body/a", "changed", "1", "1.0")]),
        ('{"a":1e2}', '{"a":100}', [("body/a", "changed", "1e2", "100")]),
        ('{"a":1}', '{"a":"1"}', [("body/a", "changed", "1", '"1"')]),
        ('{"a":true}', '{"a":1}', [("body/a", "changed", "true", "1")]),
        ('{"a":null}', "{}", [("body/a", "removed", "null", None)]),
        ("{}", '{"a":{"b":[1.50]}}', [("body/a", "added", None, '{"b":[1.50]}')]),
        ('{"a/b~c":{"":1}}', '{"a/b~c":{"":2}}', [("body/a~1b~0c/", "changed", "1", "2")]),
        ('{"a":1,"a":2}', '{"a":1,"a":3}', [("body/a#2", "changed", "2", "3")]),
        ('{"a":1,"a":2}', '{"a":1}', [("body/a#2", "removed", "2", None)]),
        ("1", "2", [("body", "changed", "1", "2")]),
        ("[1,2,3]", "[2,3]", [("body/0", "removed", "1", None)]),
        ("[1,2,3]", "[1,9,3]", [("body/1", "changed", "2", "9")]),
        ("[1]", "[1,2]", [("body/1", "added", None, "2")]),
        (
            '[{"id":1,"n":"a"},{"id":2,"n":"b"}]',
            '[{"id":2,"n":"B"}]',
            [("body/0", "removed", '{"id":1,"n":"a"}', None), ("body/1/n", "changed", '"b"', '"B"')],
        ),
        ('["\\ud800"]', '["x"]', [("body/0", "changed", '"\\ud800"', '"x"')]),
        ("[[1]]", '[{"a":1}]', [("body/0", "changed", "[1]", '{"a":1}')]),
    ],
)
def test_a_difference_has_its_place(left: str, right: str, found: list[object]) -> None:
    assert differences(left, right) == found


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b"[Infinity]", b"[" * 5_000, b"[" * 300 + b"]" * 300, b"1 2"]
)
def test_what_is_no_json_that_can_be_compared_is_none(body: bytes) -> None:
    assert parse_document(body) is None


def test_a_number_of_any_length_stays_as_it_is_written() -> None:
    digits = "9" * 10_000
    assert differences(f"[{digits}]", "[9]") == [("body/0", "changed", digits, "9")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(left=JSON, right=JSON)
def test_nothing_differs_only_where_both_mean_the_same(left: object, right: object) -> None:
    one, other = json.dumps(left), json.dumps(right, indent=1)
    # Written alike and parsed again: 1 and true, 0.0 and -0.0 are equal to Python and not to JSON.
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (differences(one, other) == []) is same
    assert differences(one, one) == []


@given(value=JSON)
def test_a_value_is_written_as_it_was(value: object) -> None:
    text = json.dumps(value, separators=(",", ":"))
    document = parse_document(text.encode())
    assert document is not None
    assert json.loads(written(document.value)) == value
