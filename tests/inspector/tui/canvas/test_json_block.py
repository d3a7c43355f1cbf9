from __future__ import annotations

import json

from hookscope.tui.canvas.json_block import MAX_LINES, JsonBlock

BODY = b'{"a":1.0,"b":{"c":[1,{"d":null}],"e":"x"},"f":[]}'


def rows(block: JsonBlock, width: int = 80) -> list[str]:
    return [row.plain.rstrip() for row in block.rows(width)]


def test_every_member_has_a_row_and_its_own_spelling() -> None:
    assert rows(JsonBlock(BODY))[:4] == ["▾ {", '    "a": 1.0,', '  ▾ "b": {', '    ▾ "c": [']


def test_a_folded_container_is_one_row_that_counts_its_members() -> None:
    block = JsonBlock(BODY)
    tag = block.rows(80)[2].tag
    assert block.toggle(tag)
    assert rows(block) == ["▾ {", '    "a": 1.0,', '  ▸ "b": { … 2 },', '    "f": []', "  }"]
    assert block.toggle(tag)
    assert rows(block) == rows(JsonBlock(BODY))


def test_what_is_no_container_does_not_fold() -> None:
    block = JsonBlock(BODY)
    assert block.rows(80)[1].tag is None
    for tag in (None, ("json", 1), ("json", 999), ("other", 0), "json"):
        assert not block.toggle(tag)


def test_a_long_string_goes_on_in_the_next_row() -> None:
    block = JsonBlock(json.dumps({"key": "v" * 100}).encode())
    assert max(len(row.plain) for row in block.rows(40)) <= 40
    assert "".join(row.plain.strip() for row in block.rows(40)).count("v") == 100


def test_rows_are_made_as_far_as_somebody_looks() -> None:
    block = JsonBlock(json.dumps(list(range(20_000))).encode())
    shown = block.rows(80)
    assert len(shown) < 1000
    assert shown[900].plain.strip() == "899,"
    assert 900 < len(shown) < 2000


def test_a_tree_of_very_many_lines_ends_with_a_word_about_it() -> None:
    block = JsonBlock(b"[" + b"1," * (MAX_LINES + 10) + b"1]")
    assert "the Raw tab has every byte" in list(block.shown(80))[-1].plain


def test_control_characters_and_broken_text_are_shown_not_sent() -> None:
    text = "\n".join(rows(JsonBlock(b'{"a":"\x1b]52;c;x\x07"')))
    assert "\x1b" not in text
    assert "␛" in text
