"""The same bytes by every way that a delivery can take: other addresses, TLS at either end, a log on disk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from hookscope.model.events import Attempted
from raw_http import RawMessage, RawServer, free_port
from relays import relaying
from self_signed import self_signed, self_signed_pem
from sessions import Session, make_plan
from ways import Way, assert_answer, compared, open_way

HEADERS = b"x-lower: a\r\nX-Tag: one\r\nx-tag: two\r\nX-Empty:\r\nX-Name: caf\xe9\r\n"
ANSWER = b"HTTP/1.1 201 Made\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nX-Name: caf\xe9\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n"
BODIES = (b"", b"\x00", b'{ "b" :1.0,\r\n\t"a": "\xc3\xa9" }', bytes(range(256)) * 4096)


def over_tls(home: Path) -> AbstractAsyncContextManager[Way]:
    """A relay that has a certificate itself."""
    certificate, key = self_signed_pem()
    for name, content in (("relay.pem", certificate), ("relay.key", key)):
        (home / name).write_bytes(content)
    return open_way(home, tls=self_signed()[1], tls_cert=home / "relay.pem", tls_key=home / "relay.key")


def below_a_path(home: Path) -> AbstractAsyncContextManager[Way]:
    """A relay whose public URL has a path."""
    port = free_port()
    return open_way(home, port=port, public_url=f"http://127.0.0.1:{port}/hooks")


WAYS: dict[str, Callable[[Path], AbstractAsyncContextManager[Way]]] = {
    "a handler over TLS": lambda home: open_way(home, {"tls": self_signed()[0]}),
    "a handler on IPv6": lambda home: open_way(home, {"host": "::1"}),
    "a log on disk": lambda home: open_way(home, database=home / "relay.db"),
    "a relay over TLS": over_tls,
    "a subdomain": open_way,
    "a relay below a path": below_a_path,
    "a relay below a path that its proxy cuts off": below_a_path,
}
STARTS = {"a subdomain": b"", "a relay below a path": b"/hooks/ENDPOINT"}


@pytest.mark.parametrize("name", WAYS)
async def test_what_arrives_is_what_was_sent(name: str, tmp_path: Path) -> None:
    async with WAYS[name](tmp_path) as way:
        for body in BODIES:
            start = STARTS.get(name, b"/ENDPOINT")
            host = b"ENDPOINT.localhost" if not start else b"localhost"
            request = b"POST " + start + b"/a%2Fb//c;d/?e=%20&&f HTTP/1.1\r\nHost: " + host + b"\r\n" + HEADERS
            request += b"Content-Length: %d\r\n\r\n" % len(body) + body
            received, got = await way.through(request, ANSWER)
            assert received.target == b"/a%2Fb//c;d/?e=%20&&f"
            assert compared(received) == compared(RawMessage(request))
            assert received.body == body
            assert_answer(got, ANSWER)
            cut = b"/hooks/ENDPOINT" if "below" in name else start
            prefixes = [cut.replace(b"ENDPOINT", way.endpoint.encode())] if cut else []
            assert received.values(b"x-forwarded-prefix") == prefixes


async def test_a_self_signed_handler_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:

    async with relaying() as relay, RawServer(tls=self_signed()[0]) as handler:
        session = Session(make_plan(tmp_path, relay.origin, handler.url))
        async with session.running():
            assert b"urn:hookscope:problem:handler-tls" in await session.post()
            assert (await session.until(Attempted)).failure == "tls"
