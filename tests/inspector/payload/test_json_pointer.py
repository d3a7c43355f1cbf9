from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.payload.json_pointer import parse_pointer, replace_at
from hookscope_relay.errors import InputError

ODD = '{ "a" : 1.0,\n\t"b": [1, {"x/y": "\\u00e9"}, 3], "a": 2, "e": {}, "l": [ ] }'


@pytest.mark.parametrize(
    ("pointer", "value", "expected"),
    [
        ("", "7", "7"),
        ("/b/0", "10", ODD.replace("[1,", "[10,")),
        ("/b/1/x~1y", '"z"', ODD.replace('"\\u00e9"', '"z"')),
        ("/a", "true", ODD.replace('"a": 2', '"a": true')),
        ("/b/-", "4", ODD.replace("3]", "3, 4]")),
        ("/b/3", "4", ODD.replace("3]", "3, 4]")),
        ("/l/-", "4", ODD.replace("[ ]", "[4 ]")),
        ("/e/new", "[]", ODD.replace("{}", '{"new": []}')),
        ("/n\u00e4", "1", ODD.replace("[ ] }", '[ ], "n\u00e4": 1 }')),
    ],
)
def test_only_the_value_that_is_named_changes(pointer: str, value: str, expected: str) -> None:
    assert replace_at(ODD, pointer, value) == expected
    json.loads(expected)


@pytest.mark.parametrize(
    ("text", "pointer", "part"),
    [
        ("{", "/a", "is not JSON"),
        ("{}", "a", "is not a JSON Pointer"),
        ("{}", "/a/b", "no 'a'"),
        ("[1]", "/5", "no '5'"),
        ("[1]", "/x", "no 'x'"),
        ("3", "/x", "no 'x'"),
    ],
)
def test_a_pointer_that_leads_nowhere_is_told(text: str, pointer: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        replace_at(text, pointer, "1")


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), min_size=1), st.data())
def test_what_is_written_is_what_a_parser_reads_there(value: dict[str, object], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    changed = json.loads(replace_at(json.dumps(value), pointer, '{"new": null}'))
    assert changed == {**value, name: {"new": None}}
    assert parse_pointer(pointer) == (name,)
