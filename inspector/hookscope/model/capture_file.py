"""The file that holds a capture (`hookscope/1`).

`dumps` and `loads` are exact inverses for every byte of target, headers and bodies: header text is latin-1, and a body
that is not UTF-8 is kept as base64. `loads` raises `InputError` that names the place for anything that is not such a
file.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast, get_args

from hookscope.model.capture import Attempt, Capture, Failure, FailureKind, Origin, SentRequest
from hookscope.model.stream_note import StreamNote, note_value, read_note_value
from hookscope_relay.delivery import MAX_TIME, Answer, Delivery, Headers
from hookscope_relay.errors import InputError

FORMAT = "hookscope/1"
# The first second of the year 1.
MIN_TIME = -62_135_596_800.0

_BEYOND_ASCII = re.compile(r"[^\n\x20-\x7e]+")


def dumps(capture: Capture, **more: object) -> str:
    """The capture as the text of a capture file, keys in the contract's order, then `more` of them;
    it ends in a newline.

    Letters stand as they are; what a terminal may act on (controls, format characters, what has no meaning) is escaped.
    """
    text = json.dumps({**to_mapping(capture), **more}, indent=2, ensure_ascii=False)
    return _BEYOND_ASCII.sub(_escaped, text) + "\n"


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
    mapping["attempts"] = [_attempt_value(attempt) for attempt in capture.attempts]
    mapping["redacted"] = list(capture.redacted)
    return mapping


def from_mapping(data: object, name: str = "capture") -> Capture:
    """The capture that plain JSON values describe; unknown keys are ignored, a newer format is refused politely."""
    reader = CaptureFileReader(name)
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


def sound_time(at: float) -> float:
    """Epoch seconds that a calendar has: of a number beyond its ends the nearest, of no number the beginning."""
    return min(max(at, MIN_TIME), MAX_TIME) if at == at else 0.0  # noqa: PLR0124  # NaN differs from itself


def render_time(at: float) -> str:
    """Epoch seconds as ISO 8601 in UTC with milliseconds and a Z;
    the nearest that can be written for what is beyond any calendar."""
    return datetime.fromtimestamp(sound_time(at), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: str) -> float:
    """Epoch seconds of an ISO 8601 instant; one without a zone is taken as UTC. ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


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


def _attempt(reader: CaptureFileReader, data: object, place: str, index: int) -> Attempt:
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


class CaptureFileReader:
    """Takes values of the right type out of JSON, or says which place holds the wrong one.

    Each method names the type that it wants; `place` is where the value stands, such as `attempts[0].answer.status`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, place: str, wanted: str) -> InputError:
        return InputError(
            f"{self.name}: {place or 'the file'} must be {wanted}", "correct it or export the capture again"
        )

    def mapping(self, data: object, place: str) -> Mapping[str, object]:
        if not isinstance(data, dict):
            raise self.wrong(place, "a JSON object")
        return data

    def sequence(self, data: object, place: str) -> Sequence[object]:
        if not isinstance(data, list):
            raise self.wrong(place, "a JSON array")
        return data

    def text(self, item: Mapping[str, object], place: str, default: str | None = None) -> str:
        value = item.get(place.rpartition(".")[2])
        if value is None:  # null says the same as an absent key
            value = default
        if not isinstance(value, str):
            raise self.wrong(place, "text")
        if any("\ud800" <= letter <= "\udfff" for letter in value):  # no encoding can write these out again
            raise self.wrong(place, "text without lone surrogates")
        return value

    def choice(self, item: Mapping[str, object], place: str, among: Sequence[str], default: str | None = None) -> str:
        value = self.text(item, place, default)
        if value not in among:
            raise self.wrong(place, "one of " + ", ".join(among))
        return value

    def number(self, item: Mapping[str, object], place: str, default: float) -> float:
        value = item.get(place.rpartition(".")[2], default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
            raise self.wrong(place, "a number")
        return float(value)

    def whole(self, item: Mapping[str, object], place: str, default: int) -> int:
        return int(self.number(item, place, default))

    def status(self, item: Mapping[str, object], place: str) -> int:
        value = self.whole(item, place, 0)
        if not 100 <= value <= 999:
            raise self.wrong(place, "an HTTP status between 100 and 999")
        return value

    def time(self, item: Mapping[str, object], place: str, default: float | None = None) -> float:
        value = item.get(place.rpartition(".")[2])
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(place, "an ISO 8601 time")
        try:
            return parse_time(value)
        except (ValueError, OverflowError):
            raise self.wrong(place, "an ISO 8601 time") from None

    def headers(self, data: object, place: str) -> Headers:
        pairs = []
        for index, pair in enumerate(self.sequence(data, place)):
            two = self.sequence(pair, f"{place}[{index}]")
            if len(two) != 2 or not all(isinstance(part, str) for part in two):
                raise self.wrong(f"{place}[{index}]", "a pair of name and value")
            name, value = cast(Sequence[str], two)
            if max((*name, *value), default="") > "\xff":
                raise self.wrong(f"{place}[{index}]", "latin-1 text")
            pairs.append((name, value))
        return tuple(pairs)

    def stream(self, data: object, place: str) -> StreamNote | None:
        try:
            return None if data is None else read_note_value(data)
        except ValueError:
            raise self.wrong(place, "what `hookscope show --json` writes there") from None

    def body(self, data: object, place: str) -> bytes:
        item = self.mapping(data, place)
        if isinstance(text := item.get("text"), str):
            try:
                return text.encode("utf-8")
            except UnicodeEncodeError:
                raise self.wrong(place, "UTF-8 text, or base64") from None
        if isinstance(encoded := item.get("base64"), str):
            try:
                return base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                raise self.wrong(f"{place}.base64", "valid base64") from None
        raise self.wrong(place, '{"text": …} or {"base64": …}')
