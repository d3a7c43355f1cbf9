"""What ngrok's agent gives at `/api/requests/http`: a list of requests, or one of them, each with raw bytes in base64.

ngrok keeps the beginning of a long body only; a request whose body is shorter than it says is a problem of its entry.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from hookscope.model.capture import Attempt, Capture
from hookscope.text.timestamp import parse_time
from hookscope.tools.imports.found import Found, attempt, gather
from hookscope.tools.imports.json_values import mapping, number, sequence, text
from hookscope.tools.imports.raw import parse_answer, parse_request
from hookscope_relay.delivery import Answer
from hookscope_relay.errors import InputError

NANOSECONDS = 1e6


def read_ngrok(data: Mapping[str, Any], name: str, now: float) -> Found:
    """What the agent's answer holds, oldest first (ngrok lists the newest first)."""
    if "requests" not in data:
        return _read_item(data, f"{name}: request", now)
    items = list(enumerate(sequence(data["requests"], f"{name}: requests")))
    return gather(*(_read_item(item, f"{name}: requests[{index}]", now) for index, item in reversed(items)))


def _read_item(item: object, where: str, now: float) -> Found:
    return attempt(lambda: _item(mapping(item, where), where, now))


def _item(item: Mapping[str, Any], where: str, now: float) -> Found:
    at = _time(item, where)
    request = mapping(item.get("request"), f"{where}.request")
    delivery = parse_request(
        _raw(request, f"{where}.request"),
        f"{where}.request.raw",
        now,
        received_at=at,
        remote=text(item.get("remote_addr"), f"{where}.remote_addr", ""),
    )
    answer, notes = _answer(item, where)
    if answer is None:
        return Found((Capture(delivery=delivery),), notes=notes)
    made = Attempt(
        number=1,
        origin="fixture",
        handler_url="",
        started_at=delivery.received_at,
        elapsed_ms=max(0.0, number(item.get("duration"), f"{where}.duration") / NANOSECONDS),
        answer=answer,
    )
    return Found((Capture(delivery=delivery, attempts=(made,)),), notes=notes)


def _answer(item: Mapping[str, Any], where: str) -> tuple[Answer | None, tuple[str, ...]]:
    """The answer; one that ngrok cut off or did not keep is left out with a note, for the request is still whole."""
    response = item.get("response")
    if not isinstance(response, dict) or not response.get("raw"):
        return None, ()
    try:
        return parse_answer(_raw(response, f"{where}.response"), f"{where}.response.raw"), ()
    except InputError as problem:
        return None, (f"the answer is left out: {problem.what}",)


def _raw(message: Mapping[str, Any], where: str) -> bytes:
    written = text(message.get("raw"), f"{where}.raw")
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{where}.raw is no valid base64", "fetch it again from the agent") from None


def _time(item: Mapping[str, Any], where: str) -> float | None:
    value = text(item.get("start"), f"{where}.start", "")
    try:
        return parse_time(value) if value else None
    except (ValueError, OverflowError):
        raise InputError(f"{where}.start must be an ISO 8601 time", "fetch it again from the agent") from None
