from __future__ import annotations

import pytest

from hookscope.signatures.mistakes.json_layouts import LIKELY, MAX_WRITTEN_SLOWLY, RARE, written

VALUE = {"bb": [1, {"k": None}, []], "a": "é/<\u2028", "c": {}}


def texts(value: object) -> set[str]:
    return {text for layout in (*LIKELY, *RARE) for _, text in written(value, layout, str)}


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "bb" : [ 1, {\n    "k" : null\n  }, [ ] ],\n  "a" : "é/<\u2028",\n  "c" : { }\n}',  # Jackson
        '{"a": "é/<\u2028", "c": {}, "bb": [1, {"k": null}, []]}',  # Postgres
        '{\n\t"a": "é/\\u003c\\u2028",\n\t"bb": [\n\t\t1,\n\t\t{\n\t\t\t"k": null\n\t\t},\n\t\t[]\n\t],\n\t"c": {}\n}',  # Go
        '{"bb":[1,{"k":null},[]],"a":"é\\/<\\u2028","c":{}}',  # PHP
        '{\r\n  "bb": [\r\n    1,\r\n    {\r\n      "k": null\r\n    },\r\n    []\r\n  ],\r\n  "a": "é/<\u2028",\r\n  "c": {}\r\n}',  # .NET
        '{"bb": [1, {"k": null}, []], "a": "\\u00e9/<\\u2028", "c": {}}',  # Python
    ],
)
def test_a_languages_own_text_is_among_them(text):
    assert text in texts(VALUE)


def test_what_is_large_or_nested_deeply_is_left_to_the_fast_encoder():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert texts(deep) == set()
    jackson = next(layout for layout in RARE if layout.inline_lists)
    assert list(written([1] * MAX_WRITTEN_SLOWLY, jackson, str)) == []
