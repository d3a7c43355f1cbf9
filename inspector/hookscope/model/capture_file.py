"""The file that holds a capture (`hookscope/1`).

`dumps` and `loads` are exact inverses for every byte of target, headers and bodies: header text is latin-1, and a body
that is not UTF-8 is kept as base64. `loads` raises `InputError` that names the place for anything that is not such a
file.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, cast, get_args

from hookscope.model.capture import Attempt, Capture, Failure, FailureKind, Origin, SentRequest
from hookscope.model.json_reader import JsonReader
from hookscope.model.stream_note import note_value
from hookscope.text.timestamp import render_time
from hookscope_relay.delivery import Answer, Delivery
from hookscope_relay.errors import InputError

FORMAT = "hookscope/1"

_BEYOND_ASCII = re.compile(r"[^\n\x20-\x7e]+")


def dumps(capture: Capture, **more: object) -> str:
    """The capture as the text of a capture file, keys in the contract's order, then `more` of them;
    it ends in a newline.

    Letters stand as they are; what a terminal may act on (controls, format characters, what has no meaning) is escaped.
    """
    return "".join(pieces(capture, **more))


def pieces(capture: Capture, **more: object) -> Iterator[str]:
    """As `dumps`, piece by piece: a body is one, and written several times as long."""
    encoder = json.JSONEncoder(indent=2, ensure_ascii=False)
    for piece in encoder.iterencode({**to_mapping(capture), **more}):
        yield _BEYOND_ASCII.sub(_escaped, piece)
    yield "\n"


def _escaped(match: re.Match[str]) -> str:
    return "".join(character if character.isprintable() else json.dumps(character)[1:-1] for character in match[0])


def loads(text: str | bytes, name: str = "capture") -> Capture:
    """The capture that a capture file holds; `name` is how errors call the file."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name} is not JSON ({error})", "give a capture file as `hookscope show --json` prints it"
        ) from None
    return from_mapping(data, name)


def to_mapping(capture: Capture) -> dict[str, Any]:
    """The capture as plain JSON values."""
    delivery = capture.delivery
    mapping: dict[str, Any] = {"format": FORMAT}
    if capture.provider:
        mapping["provider"] = capture.provider
    mapping["delivery"] = {
        "id": delivery.id,
        "received_at": render_time(delivery.received_at),
        "scheme": delivery.scheme,
        "method": delivery.method,
        "target": delivery.target,
        "http_version": delivery.http_version,
        "remote": delivery.remote,
        "headers": [list(pair) for pair in delivery.headers],
        "body": body_value(delivery.body),
    }
    if delivery.url:
        mapping["delivery"]["url"] = delivery.url
    if delivery.trailers:
        mapping["delivery"]["trailers"] = [list(pair) for pair in delivery.trailers]
    if delivery.broken:
        mapping["delivery"]["broken"] = delivery.broken
    mapping["attempts"] = [_attempt_value(attempt) for attempt in capture.attempts]
    mapping["redacted"] = list(capture.redacted)
    return mapping


def from_mapping(data: object, name: str = "capture") -> Capture:
    """The capture that plain JSON values describe; unknown keys are ignored, a newer format is refused politely."""
    reader = JsonReader(name)
    top = reader.mapping(data, "")
    _check_format(top.get("format"), name)
    item = reader.mapping(top.get("delivery"), "delivery")
    delivery = Delivery(
        id=reader.text(item, "delivery.id", ""),
        received_at=reader.time(item, "delivery.received_at"),
        scheme=reader.text(item, "delivery.scheme", "https"),
        method=reader.text(item, "delivery.method"),
        target=reader.text(item, "delivery.target"),
        http_version=reader.text(item, "delivery.http_version", "1.1"),
        remote=reader.text(item, "delivery.remote", ""),
        headers=reader.headers(item.get("headers"), "delivery.headers"),
        body=reader.body(item.get("body"), "delivery.body"),
        url=reader.text(item, "delivery.url", ""),
        trailers=reader.headers(item.get("trailers", []), "delivery.trailers"),
        broken=reader.text(item, "delivery.broken", ""),
    )
    attempts = [
        _attempt(reader, value, f"attempts[{index}]", index)
        for index, value in enumerate(reader.sequence(top.get("attempts", []), "attempts"))
    ]
    redacted = [str(entry) for entry in reader.sequence(top.get("redacted", []), "redacted")]
    return Capture(
        delivery=delivery,
        attempts=tuple(attempts),
        provider=reader.text(top, "provider", ""),
        redacted=tuple(redacted),
    )


def _check_format(value: object, name: str) -> None:
    if value == FORMAT:
        return
    if isinstance(value, str) and value.startswith("hookscope/"):
        raise InputError(
            f"{name} has the format {value[:40]!r}, newer than this program's {FORMAT}", "upgrade hookscope"
        )
    raise InputError(
        f'{name} is not a capture file: "format" is not {FORMAT!r}',
        "export it again with `hookscope show --json`",
    )


def body_value(body: bytes) -> dict[str, str]:
    """A body as plain JSON values: text where it is UTF-8, else base64."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _attempt_value(attempt: Attempt) -> dict[str, Any]:
    value: dict[str, Any] = {
        "number": attempt.number,
        "origin": attempt.origin,
        "handler_url": attempt.handler_url,
        "started_at": render_time(attempt.started_at),
        "elapsed_ms": round(attempt.elapsed_ms, 3),
    }
    if attempt.request is not None:
        sent = attempt.request
        value["request"] = {
            "method": sent.method,
            "target": sent.target,
            "headers": [list(pair) for pair in sent.headers],
            "body": body_value(sent.body),
        }
    if attempt.answer is not None:
        answer = attempt.answer
        value["answer"] = {
            "status": answer.status,
            "reason": answer.reason,
            "headers": [list(pair) for pair in answer.headers],
            "body": body_value(answer.body),
        }
    if attempt.failure is not None:
        value["failure"] = {"kind": attempt.failure.kind, "detail": attempt.failure.detail}
    if attempt.answered_by:
        value["answered_by"] = attempt.answered_by
    if attempt.route:
        value["route"] = attempt.route
    if attempt.stream is not None:
        value["stream"] = note_value(attempt.stream)
    if attempt.is_copy:
        value["copy"] = True
    return value


def _attempt(reader: JsonReader, data: object, place: str, index: int) -> Attempt:
    item = reader.mapping(data, place)
    answer = failure = request = None
    if item.get("answer") is not None:
        value = reader.mapping(item["answer"], f"{place}.answer")
        answer = Answer(
            status=reader.status(value, f"{place}.answer.status"),
            reason=reader.text(value, f"{place}.answer.reason", ""),
            headers=reader.headers(value.get("headers", []), f"{place}.answer.headers"),
            body=reader.body(value.get("body", {"text": ""}), f"{place}.answer.body"),
        )
    if item.get("failure") is not None:
        value = reader.mapping(item["failure"], f"{place}.failure")
        kind = reader.choice(value, f"{place}.failure.kind", get_args(FailureKind))
        failure = Failure(kind=cast(FailureKind, kind), detail=reader.text(value, f"{place}.failure.detail", ""))
    if item.get("request") is not None:
        value = reader.mapping(item["request"], f"{place}.request")
        request = SentRequest(
            method=reader.text(value, f"{place}.request.method"),
            target=reader.text(value, f"{place}.request.target"),
            headers=reader.headers(value.get("headers"), f"{place}.request.headers"),
            body=reader.body(value.get("body"), f"{place}.request.body"),
        )
    if answer is not None and failure is not None:
        raise reader.wrong(place, "an answer or a failure, not both")
    return Attempt(
        number=reader.whole(item, f"{place}.number", index + 1),
        origin=cast(Origin, reader.choice(item, f"{place}.origin", get_args(Origin), "live")),
        handler_url=reader.text(item, f"{place}.handler_url", ""),
        started_at=reader.time(item, f"{place}.started_at", 0.0),
        elapsed_ms=reader.number(item, f"{place}.elapsed_ms", 0.0),
        answer=answer,
        failure=failure,
        request=request,
        answered_by=reader.text(item, f"{place}.answered_by", ""),
        route=reader.text(item, f"{place}.route", ""),
        stream=reader.stream(item.get("stream"), f"{place}.stream"),
        is_copy=item.get("copy") is True,
    )
