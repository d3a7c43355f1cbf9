"""HTTP Archives (HAR 1.2) of browsers and tools: each entry is a delivery, its answer an attempt.

Recorders differ in what they keep. Chrome writes HTTP/2's pseudo-headers; Firefox writes the headers of a form into its
text; most write bytes that are not text as characters of latin-1. A body that the entry itself says is there, and is
not, is a problem of that entry.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from hookscope.model.capture import Attempt, Capture
from hookscope.text.timestamp import parse_time
from hookscope.tools.imports.build import build_delivery, from_isomorphic, parse_version
from hookscope.tools.imports.found import Found, attempt, gather
from hookscope.tools.imports.json_values import mapping, number, sequence, text
from hookscope_relay.delivery import Answer, Delivery, Headers, header
from hookscope_relay.errors import InputError

MAX_ENTRIES = 50_000

_HEADERS_IN_TEXT = re.compile(rb"(?:[A-Za-z-]+:[^\r\n]*\r\n)+\r\n")


def read_har(data: Mapping[str, Any], name: str, now: float) -> Found:
    """What the archive holds; each entry is a capture or a problem."""
    log = mapping(data.get("log"), f"{name}: log")
    version = text(log.get("version"), f"{name}: log.version", "1.2")
    if not version.startswith("1."):
        raise InputError(f"{name}: log.version is {version[:20]!r}, newer than HAR 1.2", "export it as HAR 1.2")
    entries = sequence(log.get("entries"), f"{name}: log.entries")
    if len(entries) > MAX_ENTRIES:
        raise InputError(f"{name}: log.entries has more than {MAX_ENTRIES} entries", "split the file")
    return gather(*(_read_entry(entry, f"{name}: log.entries[{index}]", now) for index, entry in enumerate(entries)))


def _read_entry(entry: object, where: str, now: float) -> Found:
    return attempt(lambda: _entry(mapping(entry, where), where, now))


def _entry(entry: Mapping[str, Any], where: str, now: float) -> Found:
    request = mapping(entry.get("request"), f"{where}.request")
    at = _time(entry, where)
    headers, authority = _headers(request, f"{where}.request")
    body, note = _body(request, headers, where)
    if authority and header(headers, "host") is None:
        headers = (("Host", authority), *headers)
    delivery = build_delivery(
        where,
        method=text(request.get("method"), f"{where}.request.method"),
        url=text(request.get("url"), f"{where}.request.url"),
        headers=headers,
        body=body,
        now=now,
        received_at=at,
        http_version=parse_version(text(request.get("httpVersion"), f"{where}.request.httpVersion", "")),
    )
    return Found((Capture(delivery=delivery, attempts=_attempts(entry, delivery, where)),), notes=note)


def _time(entry: Mapping[str, Any], where: str) -> float | None:
    value = text(entry.get("startedDateTime"), f"{where}.startedDateTime", "")
    try:
        return parse_time(value) if value else None
    except (ValueError, OverflowError):
        raise InputError(f"{where}.startedDateTime must be an ISO 8601 time", "correct it, or take it out") from None


def _headers(message: Mapping[str, Any], where: str) -> tuple[Headers, str]:
    """The headers in order, and what the pseudo-header `:authority` says."""
    pairs = []
    authority = ""
    for index, item in enumerate(sequence(message.get("headers"), f"{where}.headers")):
        pair = mapping(item, f"{where}.headers[{index}]")
        name = text(pair.get("name"), f"{where}.headers[{index}].name")
        value = from_isomorphic(text(pair.get("value"), f"{where}.headers[{index}].value", "")).strip(" \t")
        if name == ":authority":
            authority = value
        if not name.startswith(":"):
            pairs.append((name, value))
    return tuple(pairs), authority


def _body(request: Mapping[str, Any], headers: Headers, where: str) -> tuple[bytes, tuple[str, ...]]:
    """The body's bytes, and a note where the recorder cannot have kept them all as they were."""
    wanted = _stated_length(request, headers, where)
    if request.get("postData") is None:
        if wanted:
            raise InputError(
                f"{where}.request.postData is missing, though the body had {wanted} bytes", "record it again"
            )
        return b"", ()
    data = mapping(request["postData"], f"{where}.request.postData")
    written = text(data.get("text"), f"{where}.request.postData.text", "")
    if data.get("encoding") == "base64":
        return _decoded(written, f"{where}.request.postData.text"), ()
    if not written and sequence(data.get("params"), f"{where}.request.postData.params"):
        raise InputError(f"{where}.request.postData has params and no text", "record it with the request's own bytes")
    if wanted and not written:
        raise InputError(
            f"{where}.request.postData.text is empty, though the body had {wanted} bytes", "record it again"
        )
    return _fitting(written, wanted, where)


def _stated_length(request: Mapping[str, Any], headers: Headers, where: str) -> int | None:
    """What Content-Length says, else `bodySize`; None where neither is known."""
    stated = header(headers, "content-length") or ""
    if stated.isascii() and stated.isdigit() and len(stated) < 12:
        return int(stated)
    size = int(number(request.get("bodySize"), f"{where}.request.bodySize", -1))
    return size if size > 0 else None


def _fitting(written: str, wanted: int | None, where: str) -> tuple[bytes, tuple[str, ...]]:
    """The text as the bytes whose number is the stated one: UTF-8, or latin-1,
    or either without headers that stand before it."""
    candidates = [written.encode("utf-8")]
    if max(written, default="") <= "\xff":
        candidates.append(written.encode("latin-1"))
    candidates += [data[match.end() :] for data in candidates if (match := _HEADERS_IN_TEXT.match(data))]
    if wanted is None:
        return candidates[0], ()
    exact = next((data for data in candidates if len(data) == wanted), None)
    if exact is not None:
        return exact, ()
    note = f"{where}: the recorder kept {len(candidates[0])} bytes of a body of {wanted}, so no signature will verify"
    return candidates[0], (note,)


def _decoded(written: str, where: str) -> bytes:
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{where} is no valid base64", "save it again") from None


def _attempts(entry: Mapping[str, Any], delivery: Delivery, where: str) -> tuple[Attempt, ...]:
    """The answer as an attempt; none where there was no answer."""
    if entry.get("response") is None:
        return ()
    response = mapping(entry["response"], f"{where}.response")
    status = int(number(response.get("status"), f"{where}.response.status"))
    if not 100 <= status <= 999:
        return ()
    content = mapping(response.get("content") or {}, f"{where}.response.content")
    written = text(content.get("text"), f"{where}.response.content.text", "")
    if content.get("encoding") == "base64":
        body = _decoded(written, f"{where}.response.content.text")
    else:
        body = written.encode("utf-8")
    answer = Answer(
        status=status,
        reason=from_isomorphic(text(response.get("statusText"), f"{where}.response.statusText", "")),
        headers=_headers(response, f"{where}.response")[0],
        body=body,
    )
    elapsed = max(0.0, number(entry.get("time"), f"{where}.time"))
    one = Attempt(
        number=1,
        origin="fixture",
        handler_url=delivery.url,
        started_at=delivery.received_at,
        elapsed_ms=elapsed,
        answer=answer,
    )
    return (one,)
