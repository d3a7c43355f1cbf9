"""Whole words, whole strings, a key with its value."""

from __future__ import annotations

import pytest

from hookscope.diagnosis.quotes import key_with_value, quote, spoken
from hookscope.diagnosis.views import AnswerView
from hookscope_relay.delivery import Answer

FASTAPI = b'{"detail":[{"type":"missing","loc":["body","kind"],"msg":"Field required","input":{"x":1}}]}'


def view(body: bytes) -> AnswerView:
    return AnswerView(Answer(status=422, body=body))


@pytest.mark.parametrize(
    ("body", "needle", "says"),
    [
        (b'{"ok":false,"error":"database is locked"}', b'"ok"', '"ok":false'),
        (b'{"ok": false}', b'"ok"', '"ok": false'),
        (b'{"detail":"IP not allowed"}', b"IP not allow", "IP not allowed"),
        (b'{"detail":"Not Found"}', b'{"detail":"Not Found"}', '{"detail":"Not Found"}'),
        (b'{"statusCode":404,"message":"Cannot POST /x"}', b'"message":"cannot', '"message":"Cannot POST /x"'),
        (FASTAPI, b'"detail":', "Field required” of body.kind"),
        (b"signature mismatched here", b"signature mismatch", "signature mismatched"),
        (b"x" * 400, b"x" * 10, "x" * 100),
        (b'{"a":[1]}', b'"a"', '"a"'),
        ('{"detail":"schlüssel fehlt"}'.encode(), b"ssel", "schlüssel fehlt"),
    ],
)
def test_what_is_quoted_is_whole(body: bytes, needle: bytes, says: str) -> None:
    at = body.lower().find(needle.lower())
    fact = quote(view(body), at, at + len(needle))
    assert says in fact.text
    assert 0 <= fact.start < fact.end <= len(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (FASTAPI, "Field required” of body.kind"),
        (b'{"ok":false,"error":"database is locked"}', "database is locked"),
        (b'{"errors":[{"field":"kind","message":"is required"}]}', "is required” of kind"),
        (b'{"status":404,"path":"/hook","message":"gone"}', "“gone”"),
        (b"", None),
        (b"[]", None),
    ],
)
def test_what_an_answer_says_in_words(body: bytes, says: str | None) -> None:
    fact = spoken(view(body))
    assert (says in fact.text) if fact and says else fact is None and says is None


def test_long_words_are_cut_between_words() -> None:
    fact = spoken(view(b'{"message":"' + b"word " * 60 + b'"}'))
    assert fact is not None
    assert fact.text.endswith("word …”")


def test_a_key_that_is_not_there_is_not_quoted() -> None:
    assert key_with_value(view(b'{"a":1}'), "b") is None
