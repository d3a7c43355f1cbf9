from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hookscope.model.call import Call
from hookscope.model.call_file import loads_calls, to_values
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError

CALL = Call(
    api="notion",
    base="https://api.notion.com",
    method="POST",
    target="/v1/comments",
    started_at=0.0,
    headers=(("Notion-Version", "2022-06-28"), ("Content-Type", "application/json")),
    body=b'{"a":1}',
    answer=Answer(status=403, headers=(("Retry-After", "2"),), body=b"\xff\x00"),
)


def test_calls_read_back_as_they_were_written() -> None:
    assert loads_calls(json.dumps({"calls": to_values([CALL, CALL])})) == (CALL, CALL)
    assert loads_calls("{}") == ()


def test_what_identifies_and_what_was_not_answered_is_left_out() -> None:
    named = replace(CALL, headers=(*CALL.headers, ("Authorization", "Bearer x"), ("Cookie", "y")))
    assert to_values([named, replace(CALL, answer=None)]) == to_values([CALL])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no", "is not JSON"),
        ('{"calls": 1}', "calls must be a JSON array"),
        ('{"calls": [{"api": "x", "method": "GET", "target": "/"}]}', r"calls\[0\].answer must be a JSON object"),
        ('{"calls": [{"api": 1, "answer": {}}]}', r"calls\[0\].api must be text"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        loads_calls(text)
