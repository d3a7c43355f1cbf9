"""Raw HTTP/1.1 messages as a file or a tool holds them: a request as a delivery, an answer as an answer.

What says its own length is held to it: a body that is too short was cut off. A file of lines that end in `\\n` alone is
welcome, and so is the one line end more that an editor leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hookscope.tools.imports.build import build_delivery, checked, identified
from hookscope_relay.delivery import Answer, Delivery, Headers, header
from hookscope_relay.errors import InputError

REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}) (\S+) HTTP/([0-9](?:\.[0-9])?)")
STATUS_LINE = re.compile(r"HTTP/[0-9](?:\.[0-9])? ([1-9][0-9]{2})(?: (.*))?")
_END = re.compile(rb"\r?\n\r?\n|\r?\n\Z|\Z")
_LINE_END = re.compile(r"\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")

AGAIN = "save it again, whole"


@dataclass(frozen=True, slots=True)
class _Message:
    headers: Headers
    body: bytes


def parse_request(
    data: bytes, where: str, now: float, *, received_at: float | None = None, remote: str = "", scheme: str = "https"
) -> Delivery:
    """The delivery in the bytes of one request; a target in absolute form is the URL that was called."""
    match, message = _split(data, where, REQUEST_LINE, "request line such as `POST /path HTTP/1.1`")
    method, target, version = match.groups()
    body = _unframed(message, where)
    if "://" in target[:8]:
        return build_delivery(
            where,
            method=method,
            url=target,
            headers=message.headers,
            body=body,
            now=now,
            received_at=received_at,
            http_version=version,
            remote=remote,
        )
    delivery = Delivery(
        id="",
        received_at=now if received_at is None else received_at,
        scheme=scheme,
        method=method,
        target=target,
        headers=message.headers,
        body=body,
        http_version=version,
        remote=remote,
    )
    return identified(checked(where, delivery), timed=received_at is not None)


def parse_answer(data: bytes, where: str) -> Answer:
    """The answer in the bytes of one response."""
    match, message = _split(data, where, STATUS_LINE, "status line such as `HTTP/1.1 200 OK`")
    body = _unframed(message, where)
    return Answer(status=int(match[1]), reason=match[2] or "", headers=message.headers, body=body)


def _split(data: bytes, where: str, first_line: re.Pattern[str], wanted: str) -> tuple[re.Match[str], _Message]:
    """What the first line says, and what follows it."""
    end = _END.search(data)
    head = data[: end.start()] if end else data
    first, *lines = _LINE_END.split(head.decode("latin-1"))
    match = first_line.fullmatch(first)
    if match is None:
        raise InputError(f"{where}: line 1 is no {wanted}", AGAIN)
    headers = tuple(_header(line, f"{where}: line {number}") for number, line in enumerate(lines, 2))
    return match, _Message(headers, data[end.end() :] if end else b"")


def _header(line: str, where: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise InputError(f"{where}: {line[:60]!r} is not a header", "write it as `Name: value`")
    return name, value.strip(" \t")


def _unframed(message: _Message, where: str) -> bytes:
    codings = (header(message.headers, "transfer-encoding") or "").lower()
    if codings:
        if codings != "chunked":
            raise InputError(
                f"{where}: the body has the transfer coding {codings[:40]!r}", "save it decoded, or chunked"
            )
        return _join_chunks(message.body, where)
    stated = header(message.headers, "content-length")
    if stated is None:
        return message.body
    if not stated.isascii() or not stated.isdigit() or len(stated) > 12:
        raise InputError(f"{where}: the Content-Length {stated[:40]!r} is no number", "correct it, or leave it out")
    length, extra = int(stated), message.body[int(stated) :]
    if len(message.body) < length:
        lengths = f"has {len(message.body)} of the {length} bytes that Content-Length states"
        raise InputError(f"{where}: the body {lengths}", f"{AGAIN}, or correct the header")
    if extra not in (b"", b"\n", b"\r\n"):
        lengths = f"has {len(extra)} bytes more than Content-Length states"
        raise InputError(f"{where}: the body {lengths}", "correct the header, or leave it out")
    return message.body[:length]


def _join_chunks(body: bytes, where: str) -> bytes:
    joined: list[bytes] = []
    at = 0
    while match := _CHUNK.match(body, at):
        size, begin = int(match[1], 16), match.end()
        if size == 0:
            return b"".join(joined)
        if begin + size > len(body):
            break
        joined.append(body[begin : begin + size])
        at = begin + size
        at += 2 if body.startswith(b"\r\n", at) else 1
    raise InputError(f"{where}: the chunked body breaks off at byte {at}", AGAIN)
