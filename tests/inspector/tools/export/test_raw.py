from __future__ import annotations

import pytest

from export_runs import DELIVERIES, assert_exact, delivery_of
from factories import NOW, make_delivery
from hookscope.tools.export import raw
from hookscope.tools.imports.raw import parse_request
from raw_http import OK, RawClient, RawMessage, RawServer


@pytest.mark.parametrize("name", DELIVERIES)
async def test_every_byte_arrives(name: str) -> None:
    delivery = delivery_of(name)
    async with RawServer(OK) as server, RawClient(server.port) as client:
        await client.send(raw.render(delivery, server.url + delivery.target))
        await client.answer(delivery.method.encode())
        assert server.last.values(b"host") == [server.url.removeprefix("http://").encode()]
        assert_exact_without_hops(server.last.raw, name)


def assert_exact_without_hops(sent: bytes, name: str) -> None:
    lines = sent.split(b"\r\n")
    kept = [line for line in lines if not line.startswith(b"X-Hop:")] if b"\r\n\r\n" in sent else lines
    assert_exact(RawMessage(b"\r\n".join(kept)), delivery_of(name))


@pytest.mark.parametrize("name", DELIVERIES)
def test_it_reads_back_as_the_same_delivery(name: str) -> None:
    delivery = delivery_of(name)
    back = parse_request(raw.render(delivery), "a.txt", NOW)
    assert (back.method, back.target, back.body) == (delivery.method, delivery.target, delivery.body)
    assert [pair for pair in back.headers if pair[0] != "Content-Length"] == [
        pair for pair in delivery.headers if pair[0] != "Content-Length"
    ]


@pytest.mark.parametrize(
    ("headers", "framing"),
    [
        ((("A", "1"), ("Transfer-Encoding", "chunked"), ("B", "2")), b"A: 1\r\nContent-Length: 3\r\nB: 2"),
        ((("content-length", "3"), ("B", "2")), b"content-length: 3\r\nB: 2"),
        ((("Content-Length", "9"), ("Transfer-Encoding", "chunked")), b"Content-Length: 3"),
        ((("B", "2"),), b"B: 2\r\nContent-Length: 3"),
    ],
)
def test_the_body_has_its_length_where_it_was_framed(headers: tuple[tuple[str, str], ...], framing: bytes) -> None:
    sent = raw.render(make_delivery(headers=headers, body=b"abc"))
    assert sent == b"POST /webhooks/notion HTTP/1.1\r\n" + framing + b"\r\n\r\nabc"
