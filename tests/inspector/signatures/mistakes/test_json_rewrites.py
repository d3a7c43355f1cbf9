from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.signatures.mistakes.json_rewrites import rewrites

BODY = '{"b":"é <a> / \\u001b","2":1.50,"1":12345678901234567890,"n":null}'.encode()


def forms(body: bytes) -> dict[bytes, str]:
    return {written: mistake for mistake, _, written in rewrites(body)}


@pytest.mark.parametrize(
    "written",
    [
        '{"b":"é <a> / \\u001b","2":1.50,"1":12345678901234567890,"n":null}',
        '{"b": "é <a> / \\u001b", "2": 1.50, "1": 12345678901234567890, "n": null}',
        '{"b":"\\u00e9 <a> / \\u001b","2":1.50,"1":12345678901234567890,"n":null}',
        '{"b":"\\u00e9 <a> \\/ \\u001b","2":1.50,"1":12345678901234567890,"n":null}',
        '{"b":"\\u00E9 <a> / \\u001B","2":1.50,"1":12345678901234567890,"n":null}',
        '{"1":12345678901234567890,"2":1.50,"b":"é \\u003ca\\u003e / \\u001b","n":null}',
        '{"1":12345678901234567890,"2":1.50,"b":"é <a> / \\u001b","n":null}',
        '{\n  "b": "é <a> / \\u001b",\n  "2": 1.50,\n  "1": 12345678901234567890,\n  "n": null\n}',
    ],
)
def test_a_language_s_way_of_writing_is_among_the_rewrites(written):
    assert forms(BODY)[written.encode()] == "body-reserialized"


@pytest.mark.parametrize(
    "written",
    [
        '{"b":"é <a> / \\u001b","2":1.5,"1":12345678901234567000,"n":null}',
        '{"b":"é <a> / \\u001b","2":1.5,"1":12345678901234567890,"n":null}',
        '{"b":"\\u00e9 <a> \\/ \\u001b","2":1.5,"1":1.2345678901234567e+19,"n":null}',
    ],
)
def test_changed_numbers_are_a_mistake_of_their_own(written):
    assert forms(BODY)[written.encode()] == "body-number-changed"


@pytest.mark.parametrize("body", [b"", b"x", b"1", b'"text"', b"[" * 100_000, b'{"a":', b"\xff\xfe{}"])
def test_what_is_no_json_has_no_rewrites(body):
    assert forms(body) == {}


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict | list))
)
def test_pythons_own_writing_is_found_from_any_other(value):
    indented = json.dumps(value, indent=3).encode()
    compact = json.dumps(value, separators=(",", ":")).encode()
    assert compact in forms(indented)
