"""Deliveries out of what a person has at hand: a capture file, a raw HTTP request, or a body with some headers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hookscope.model.capture_file import loads
from hookscope_relay.delivery import Delivery, Headers, header
from hookscope_relay.errors import InputError

REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S{1,65536}) HTTP/([0-9](?:\.[0-9])?)\r?\n")
HEADER_END = re.compile(rb"\r?\n\r?\n")


def read_request(data: bytes, name: str, now: float) -> tuple[Delivery, str]:
    """The delivery in a capture file or a raw HTTP request, and the provider that the file names;
    `InputError` for anything else.

    A raw request has no time of arrival, so that is `now`.
    """
    if data.lstrip()[:1] == b"{":
        capture = loads(data, name)
        return capture.delivery, capture.provider
    match = REQUEST_LINE.match(data)
    if match is None:
        raise InputError(
            f"{name} is neither a capture file nor a raw HTTP request", "give one of them, or --body with --header"
        )
    return _raw_request(match, data[match.end() :], name, now), ""


def build_request(body: bytes, headers: Sequence[str], now: float, method: str = "POST", target: str = "/") -> Delivery:
    """A delivery of a body and headers written `Name: value`; `InputError` for a header without a colon."""
    return Delivery(
        id="", received_at=now, method=method, target=target, headers=parse_headers(headers, "--header"), body=body
    )


def parse_headers(lines: Sequence[str], where: str) -> Headers:
    """Header lines as pairs; `InputError` names the first that is none."""
    pairs = []
    for line in lines:
        name, mark, value = line.partition(":")
        if not mark or not name.strip() or max(line, default="") > "\xff":
            raise InputError(f"{where}: {line[:60]!r} is not a header", "write it as `Name: value`")
        pairs.append((name.strip(), value.strip(" \t")))
    return tuple(pairs)


def _raw_request(match: re.Match[bytes], rest: bytes, name: str, now: float) -> Delivery:
    end = HEADER_END.search(rest)
    if rest.startswith((b"\r\n", b"\n")):
        head, body = b"", rest[2 if rest.startswith(b"\r\n") else 1 :]
    elif end is not None:
        head, body = rest[: end.start()], rest[end.end() :]
    else:
        head, body = rest.rstrip(b"\r\n"), b""
    headers = parse_headers([line for line in re.split(r"\r?\n", head.decode("latin-1")) if line], name)
    target = match[2].decode("latin-1")
    url = target if "://" in target[:10] else ""
    return Delivery(
        id="",
        received_at=now,
        method=match[1].decode("ascii"),
        target="/" + target.split("/", 3)[3] if url and target.count("/") > 2 else target,
        headers=headers,
        body=_unchunked(body, headers, name),
        http_version=match[3].decode("ascii"),
        url=url,
    )


def _unchunked(body: bytes, headers: Headers, name: str) -> bytes:
    """The body as sent: cut to Content-Length where a saved file has a line end more, chunks joined."""
    if (header(headers, "transfer-encoding") or "").lower() == "chunked":
        return _join_chunks(body, name)
    stated = header(headers, "content-length") or ""
    if stated.isdigit() and len(stated) < 12 and body[int(stated) :] in (b"\n", b"\r\n"):
        return body[: int(stated)]
    return body


def _join_chunks(body: bytes, name: str) -> bytes:
    joined: list[bytes] = []
    at = 0
    while True:
        line, mark, _ = body[at : at + 200].partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16) if mark else -1
        except ValueError:
            size = -1
        begin = at + len(line) + 2
        if size < 0 or begin + size > len(body):
            raise InputError(f"{name}: the chunked body is broken", "save the request again, with its body whole")
        if size == 0:
            return b"".join(joined)
        joined.append(body[begin : begin + size])
        at = begin + size + 2
