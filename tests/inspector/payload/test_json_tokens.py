from __future__ import annotations

import base64
import json
import lzma
from pathlib import Path

import pytest

from hookscope.payload.json_text import pretty_json
from hookscope.payload.json_tokens import LARGE, json_flaw, scan

SUITE = Path(__file__).parents[2] / "corpora/json.json.xz"


def test_tokens_carry_their_place_and_depth() -> None:
    text = ' {"a": [1.0, "x"]}'
    assert [(token.kind, text[token.start : token.end], token.depth) for token in scan(text)] == [
        ("open", "{", 0),
        ("key", '"a"', 1),
        ("colon", ":", 1),
        ("open", "[", 1),
        ("number", "1.0", 2),
        ("comma", ",", 2),
        ("string", '"x"', 2),
        ("close", "]", 1),
        ("close", "}", 0),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b" 1 ",
        b'"x"',
        b"null",
        b'{"a":1,"a":2}',
        b"[1E400,-0,1.10]",
        b'"\\ud800"',
        b"[" * 500 + b"]" * 500,
    ],
)
def test_json_has_no_flaw(body: bytes) -> None:
    assert json_flaw(body) is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the text ends where a value is wanted"),
        (b"{", "the text ends where a name in double quotes or } is wanted"),
        (b"[1,]", "a value is wanted"),
        (b'{"a":1,}', "a name in double quotes is wanted"),
        (b"{'a':1}", "a name in double quotes or } is wanted"),
        (b"[1}", "the wrong kind of bracket closes"),
        (b"[01]", "a number or a word that JSON does not have"),
        (b"[1 2]", "a comma or the end of the container is wanted"),
        (b'["a', "a string that does not end"),
        (b'["\x01"]', "a string that does not end, or holds a control character"),
        (b"1 2", "something follows the end"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b"[" * 501, "nested deeper than 500 levels"),
        (b"9" * 1001, "a number of more than 1000 characters"),
        (b"[" * (LARGE + 1), "nested too deep"),
        (b"[" + b"1," * LARGE + b"]", "malformed"),
        (b'["' + b"\xff" * LARGE + b'"]', "byte 2 is not UTF-8"),
    ],
)
def test_a_flaw_says_what_was_wanted(body: bytes, reason: str) -> None:
    flaw = json_flaw(body)
    assert flaw is not None
    assert reason in flaw.reason


def test_a_large_body_is_checked_too() -> None:
    assert json_flaw(b"[" + b"1," * LARGE + b"1]") is None


def test_the_suite_agrees_and_nothing_raises() -> None:
    suite = json.loads(lzma.decompress(SUITE.read_bytes()))
    assert len(suite) > 300
    wrong = []
    for name, content in suite.items():
        body = base64.b64decode(content)
        pretty_json(body)
        flaw = json_flaw(body)
        if (name[0] == "y" and flaw) or (name[0] == "n" and not flaw):
            wrong.append(name)
    assert wrong == []


def test_after_a_flaw_there_is_no_token() -> None:
    assert [token.kind for token in scan('[1,"a" 2, 3]')] == ["open", "number", "comma", "string", "flaw"]
