from __future__ import annotations

import json

import pytest

from hookscope.tools.bisect.json_parts import Spacing, read_parts, read_spacing, write_parts

VALUE = {"a": [1, {"b": None}, []], "c": {}, "d": "x"}
TEXTS = [
    json.dumps(VALUE, separators=(",", ":")),
    json.dumps(VALUE),
    json.dumps(VALUE, indent=2),
    json.dumps(VALUE, indent="\t", separators=(" ,", " : ")),
    '{"a":1.0,"a":2,"\\u0062":1e5}',
    "[]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_regular_text_is_written_back_as_it_was(text):
    tree = read_parts(text)
    assert tree is not None
    assert write_parts(tree, read_spacing(text)) == text


@pytest.mark.parametrize("text", ["", "{", '{"a":}', "x" * 300_000, "[" + "1," * 4000 + "1]"])
def test_what_is_no_json_or_too_large_has_no_tree(text):
    assert read_parts(text) is None


def test_a_text_is_the_same_however_it_is_spelt():
    one, other = read_parts('{"a":"\\u0062"}'), read_parts('{"\\u0061":"b"}')
    assert one == other
    assert [write_parts(tree, Spacing()) for tree in (one, other) if tree] == ['{"a":"\\u0062"}', '{"\\u0061":"b"}']


def test_another_depth_is_written_as_the_nearest_known():
    spacing = read_spacing('{\n  "a": 1\n}')
    tree = read_parts('{"a":{"b":[1]}}')
    assert tree is not None
    assert json.loads(write_parts(tree, spacing)) == {"a": {"b": [1]}}
