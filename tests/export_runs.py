"""Deliveries that are hard to send again, and what arrives when an export of one is run against a raw server."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Sequence
from typing import Any

from factories import make_delivery
from hookscope.tools.export.request import build_request
from hookscope_relay.delivery import Delivery
from raw_http import RawMessage, RawServer

# As good for HEAD as for the others, on a connection that goes on.
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
LEFT_TO_THE_CLIENT = {b"host", b"content-length", b"connection"}

HEADERS = (
    ("Host", "relay.example"),
    ("X-b", "1"),
    ("x-B", "2"),
    ("Content-Type", "application/json"),
    ("X-Empty", ""),
    ("X-Quotes", 'it\'s "q" $HOME `id` $(id) !! \\d %s ;a'),
    ("X-Utf-8", "Å–…".encode().decode("latin-1")),
    ("Connection", "keep-alive, X-Hop"),
    ("X-Hop", "1"),
    ("accept", "*/*"),
)
ODD_BYTES = (("X-Odd", "caf\xe9\x1b[2J\x9b!`$(id)'\"\\n"),)

BODIES = {
    "empty": b"",
    "json": '{"a":"café \'!", "b":[1.0,"\\u00e9"]}'.encode(),
    "every-byte": bytes(range(256)),
    "at-sign": b"@/etc/passwd",
    "dash": b"-x %d \\n\n\n",
    "crlf": b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
    "powershell": b"'@\n'@ \"$x` $(1)",
    "newline": b"\n",
    "nul": b"\0",
    "escape": b"\x1b]0;x\x07",
    "long-text": b"x" * 200_000,
    "long-binary": random.Random(6).randbytes(300_000),
    "long-utf-8": "日本".encode() * 20_000,
}
TARGETS = [
    "//x//y",
    "/a/../b/./c",
    "/%2F%2f;x=1?q=%20&a[]=1&b={1,2}",
    "/#frag",
    "/x\\y|z^`",
    "/?",
    "/a?x=1?y=2#z",
    "/it's$HOME!!~",
    "/%7e%41",
]
METHODS = ["HEAD", "PURGE", "GET", "DELETE", "PATCH", "post", "OPTIONS", "TRACE", "M-SEARCH"]

DELIVERIES: dict[str, dict[str, Any]] = {
    **{f"body {name}": {"headers": HEADERS, "body": body} for name, body in BODIES.items()},
    **{f"target {target}": {"headers": HEADERS, "target": target} for target in TARGETS},
    **{f"method {method}": {"headers": HEADERS, "method": method} for method in METHODS},
    **{f"bare {method}": {"headers": (), "method": method, "body": b""} for method in METHODS},
    "odd bytes": {"headers": HEADERS + ODD_BYTES, "body": b"{}"},
    "no headers": {"headers": (), "body": b"abc"},
    "length of nothing": {"headers": (("Content-Length", "0"),), "body": b""},
    "length of nothing in HEAD": {"headers": (("Content-Length", "0"),), "body": b"", "method": "HEAD"},
}


def delivery_of(name: str) -> Delivery:
    return make_delivery(**DELIVERIES[name])


async def run_export(delivery: Delivery, command: Callable[[str], Sequence[str]], **environ: str) -> RawMessage:
    """What a raw server receives when the command for the delivery's URL runs, which must succeed."""
    (message,) = await run_exports(lambda url: command(url + delivery.target), **environ)
    return message


async def run_exports(command: Callable[[str], Sequence[str]], **environ: str) -> list[RawMessage]:
    """Everything that a raw server receives when the command for the server's URL runs, which must succeed."""
    async with RawServer(NO_CONTENT) as server:
        process = await asyncio.create_subprocess_exec(
            *command(server.url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | environ,
        )
        _, told = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0, told.decode(errors="replace")
        return [RawMessage(raw) for raw in server.requests]


def assert_exact(message: RawMessage, delivery: Delivery) -> None:
    """Method, target, end-to-end headers in order and case, and the body are what was delivered."""
    wanted = build_request(delivery, f"http://localhost{delivery.target}")
    assert message.first_line == f"{delivery.method} {delivery.target} HTTP/1.1".encode("latin-1")
    assert end_to_end(message) == encoded(wanted.headers)
    assert message.body == delivery.body


def end_to_end(message: RawMessage) -> list[tuple[bytes, bytes]]:
    return [pair for pair in message.headers if pair[0].lower() not in LEFT_TO_THE_CLIENT]


def encoded(headers: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
