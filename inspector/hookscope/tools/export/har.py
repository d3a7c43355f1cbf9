"""An HTTP Archive (HAR 1.2, w3c.github.io/web-performance/specs/HAR) of deliveries with the answers that their senders
got, or that the last replay without a change got.

The format has no place for bytes that are not text; such a request body is base64 with `"encoding": "base64"`, as HAR
writes answers, and each byte of a header is one character, as browsers have it (Fetch standard, isomorphic decoding).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_plus

from hookscope.model.capture import Attempt, Capture
from hookscope.payload.forms import parse_form
from hookscope.text.timestamp import render_time
from hookscope.text.version import version
from hookscope.tools.export.request import sender_url
from hookscope.tools.export.source import Source
from hookscope_relay.delivery import Answer, Delivery, Headers, header

UNKNOWN = -1


def render(sources: Sequence[Source]) -> str:
    """The archive as JSON text, an entry for each capture."""
    log = {
        "version": "1.2",
        "creator": {"name": "hookscope", "version": version()},
        "entries": [_entry(source.capture, source.url or sender_url(source.capture.delivery)) for source in sources],
    }
    return json.dumps({"log": log}, indent=2, ensure_ascii=True) + "\n"


def _entry(capture: Capture, url: str) -> dict[str, Any]:
    attempt = next((attempt for attempt in reversed(capture.counted) if attempt.answer is not None), None)
    elapsed = attempt.elapsed_ms if attempt is not None else 0
    return {
        "startedDateTime": render_time(capture.delivery.received_at),
        "time": elapsed,
        "request": _request(capture.delivery, url),
        "response": _response(attempt),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed, "receive": 0},
    }


def _request(delivery: Delivery, url: str) -> dict[str, Any]:
    value: dict[str, Any] = {
        "method": delivery.method,
        "url": url,
        "httpVersion": f"HTTP/{delivery.http_version}",
        "cookies": [],
        "headers": _headers(delivery.headers),
        "queryString": [
            {"name": unquote_plus(name), "value": unquote_plus(text)}
            for name, _, text in (pair.partition("=") for pair in url.partition("?")[2].split("&") if pair)
        ],
        "headersSize": UNKNOWN,
        "bodySize": len(delivery.body),
    }
    if delivery.body:
        value["postData"] = _post_data(delivery)
    return value


def _post_data(delivery: Delivery) -> dict[str, Any]:
    media_type = header(delivery.headers, "content-type") or ""
    data: dict[str, Any] = {"mimeType": media_type, "params": []}
    if media_type.lower().startswith("application/x-www-form-urlencoded"):
        data["params"] = [
            {"name": _writable(pair.name), "value": _writable(pair.value)} for pair in parse_form(delivery.body).pairs
        ]
    return data | _text(delivery.body)


def _response(attempt: Attempt | None) -> dict[str, Any]:
    answer = attempt.answer if attempt is not None and attempt.answer is not None else None
    value: dict[str, Any] = {
        "status": answer.status if answer else 0,
        "statusText": answer.reason if answer else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(answer.headers) if answer else [],
        "content": _content(answer),
        "redirectURL": (header(answer.headers, "location") or "") if answer else "",
        "headersSize": UNKNOWN,
        "bodySize": len(answer.body) if answer else UNKNOWN,
    }
    return value


def _content(answer: Answer | None) -> dict[str, Any]:
    body = answer.body if answer else b""
    media_type = (header(answer.headers, "content-type") if answer else None) or "x-unknown"
    return {"size": len(body), "mimeType": media_type} | (_text(body) if body else {})


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _writable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
