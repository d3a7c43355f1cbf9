from __future__ import annotations

import pytest

from hookscope.payload.json_tree import members, root


def test_members_are_found_level_by_level() -> None:
    text = ' {"a": {"x]": [1, 2]}, "b" : "s,{", "a": null} '
    top = members(text, root(text))
    assert [(node.key, node.kind, text[node.start : node.end]) for node in top] == [
        ('"a"', "object", '{"x]": [1, 2]}'),
        ('"b"', "string", '"s,{"'),
        ('"a"', "literal", "null"),
    ]
    inner = members(text, top[0])
    assert [node.key for node in inner] == ['"x]"']
    assert [text[node.start : node.end] for node in members(text, inner[0])] == ["1", "2"]


@pytest.mark.parametrize("text", ["{}", "[ ]", "1", '"x"', "", "nonsense", "{{{", "]]]", '{"a"', ":::,,,"])
def test_empty_plain_and_broken_texts_have_no_or_some_members_but_never_raise(text: str) -> None:
    assert len(members(text, root(text))) <= 4


def test_a_page_of_members() -> None:
    text = "[" + ",".join(map(str, range(1000))) + "]"
    assert [node.key for node in members(text, root(text), 500, 2)] == ["500", "501"]
