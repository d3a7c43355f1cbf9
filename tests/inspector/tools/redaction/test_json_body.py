from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookscope.tools.redaction.json_body import Where, rewrite_json


class Marks:
    """Replaces what stands in secret fields by a mark, and notes the places."""

    def __init__(self) -> None:
        self.places: list[str] = []

    def look(self) -> None:
        pass

    def runs(self) -> None:
        return None

    def names_secret(self, name: str) -> bool:
        return name == "secret"

    def key(self, name: str) -> str:
        return "KEY" if name == "bad" else name

    def string(self, name: str, value: str, secret: bool, where: Where) -> str:
        return self._mark(value, "X", secret or name == "secret", where)

    def number(self, name: str, spelt: str, secret: bool, where: Where) -> str:
        return self._mark(spelt, "9", secret or name == "secret", where)

    def _mark(self, value: str, mark: str, secret: bool, where: Where) -> str:
        if secret:
            self.places.append(where())
        return mark if secret else value


@pytest.mark.parametrize(
    ("text", "rewritten", "places"),
    [
        ('{ "a" : 1.50 ,\n"secret":\t"v"}', '{ "a" : 1.50 ,\n"secret":\t"X"}', ["/secret"]),
        ('{"secret":-1e5,"secret":true,"secret":null}', '{"secret":9,"secret":true,"secret":null}', ["/secret"]),
        ('{"secret":["a",{"b":"c"}]}', '{"secret":["X",{"b":"X"}]}', ["/secret/0", "/secret/1/b"]),
        ('[0,{"x/~y":{"secret":"v"}}]', '[0,{"x/~y":{"secret":"X"}}]', ["/1/x~1~0y/secret"]),
        ('{"v":[{"name":"secret","value":"v"},{"name":"b","value":"w"}]}', None, ["/v/0/value"]),
        ('{"bad":{"secret":"v"}}', '{"KEY":{"secret":"X"}}', ["/KEY/secret"]),
        ('{"s\\u0065cret":"v"}', '{"s\\u0065cret":"X"}', ["/secret"]),
        ('"v"', '"v"', []),
    ],
)
def test_tokens_are_replaced_in_place(text: str, rewritten: str | None, places: list[str]) -> None:
    marks = Marks()
    result = rewrite_json(text, marks, "")
    assert marks.places == places
    assert (result.text, result.end) == (rewritten if rewritten is not None else result.text, -1)


@pytest.mark.parametrize(("text", "end"), [('{"secret":"v","b', 14), ("", 0), ("[1]x", 3), ('{"a":1', 6)])
def test_text_that_is_not_json_is_read_up_to_the_flaw(text: str, end: int) -> None:
    result = rewrite_json(text, Marks(), "")
    assert result.end == end
    assert '"v"' not in result.text


class Shouting(Marks):
    def string(self, name: str, value: str, secret: bool, where: Where) -> str:
        return value.upper() + "/é"


@pytest.mark.parametrize(
    ("raw", "spelt"),
    [
        ('"a\\/b"', '"A\\/B\\/é"'),
        ('"\\u00fc"', '"\\u00dc/\\u00e9"'),
        ('"ü\\n"', '"Ü\\n/é"'),
        ('"\\ud800"', '"\\ud800/\\u00e9"'),
    ],
)
def test_a_new_string_is_spelt_as_the_old_one_was(raw: str, spelt: str) -> None:
    assert rewrite_json(raw, Shouting(), "").text == spelt


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=10)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["secret", "a", "bad", "é/"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(value=VALUES, indent=st.sampled_from([None, 0, 3]), ascii_only=st.booleans())
def test_json_stays_json_of_the_same_shape(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    result = rewrite_json(text, Marks(), "")
    assert result.end == -1
    assert types(json.loads(result.text)) == types(value)
    if "secret" not in text and "bad" not in text:
        assert result.text == text


def types(value: object) -> object:
    if isinstance(value, dict):
        return {"KEY" if key == "bad" else key: types(one) for key, one in value.items()}
    if isinstance(value, list):
        return [types(one) for one in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
