"""The key `calls` of a capture file: what the handler asked APIs because of the delivery, and what they answered.

Only what a test needs is there: of headers those that say what a body is, when to come again, and which version was
asked for; never what a call identified itself with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hookscope.model.call import Call
from hookscope.model.capture_file import body_value
from hookscope.model.json_reader import JsonReader
from hookscope_relay.delivery import Answer, Headers
from hookscope_relay.errors import InputError

KEPT = frozenset({"content-type", "retry-after", "link", "etag"})


def to_values(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """The answered calls as plain JSON values, in the order they were made; a call must be redacted before."""
    return [_value(call, call.answer) for call in calls if call.answer is not None]


def _value(call: Call, answer: Answer) -> dict[str, Any]:
    headers = [[name, value] for name, value in call.headers if _is_kept(call, name)]
    return {
        "api": call.api,
        "base": call.base,
        "method": call.method,
        "target": call.target,
        "headers": headers,
        "body": body_value(call.body),
        "answer": {
            "status": answer.status,
            "headers": [[name, value] for name, value in answer.headers if name.lower() in KEPT],
            "body": body_value(answer.body),
        },
    }


def _is_kept(call: Call, name: str) -> bool:
    return name.lower() in KEPT or name.lower().endswith("-version")


def loads_calls(text: str | bytes, name: str = "capture") -> tuple[Call, ...]:
    """The calls that a capture file holds, none where it holds none; `InputError` names the place of what is wrong."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not JSON ({error})", "save the capture again") from None
    reader = JsonReader(name)
    rows = reader.sequence(reader.mapping(data, "").get("calls", []), "calls")
    return tuple(_call(reader, row, f"calls[{index}]") for index, row in enumerate(rows))


def _call(reader: JsonReader, data: object, place: str) -> Call:
    item = reader.mapping(data, place)
    answer = reader.mapping(item.get("answer"), f"{place}.answer")
    headers: Headers = reader.headers(item.get("headers", []), f"{place}.headers")
    return Call(
        api=reader.text(item, f"{place}.api"),
        base=reader.text(item, f"{place}.base", ""),
        method=reader.text(item, f"{place}.method"),
        target=reader.text(item, f"{place}.target"),
        started_at=0.0,
        headers=headers,
        body=reader.body(item.get("body", {"text": ""}), f"{place}.body"),
        answer=Answer(
            status=reader.status(answer, f"{place}.answer.status"),
            headers=reader.headers(answer.get("headers", []), f"{place}.answer.headers"),
            body=reader.body(answer.get("body", {"text": ""}), f"{place}.answer.body"),
        ),
    )
