"""Exchanges over HTTP/2: with a handler of ours, and with a real one that refuses everything else."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from h2.connection import H2Connection
from h2.errors import ErrorCodes

from forwarding_ends import Parts, failure, sourced
from hookscope.forward.addresses import Address
from hookscope.forward.connection import Connection, connect
from hookscope.forward.error import ForwardError
from hookscope.forward.exchange import Exchanged, ForwardProgress
from hookscope.forward.forwarder import Forwarder
from hookscope.forward.http2 import exchange_over_http2
from hookscope.forward.sink import AnswerSoFar
from hookscope.model.capture import SentRequest
from hookscope.model.handler import parse_handler
from hookscope_relay.delivery import Answer
from http2_handler import Answering, Http2Handler
from relays import until
from self_signed import self_signed_pem

MIB = 1024 * 1024
BODY = bytes(range(256)) * 1200
REQUEST = SentRequest(
    method="POST",
    target="/a//b?x=%2f",
    headers=(
        ("Host", "localhost:9"),
        ("X-MiXed", "caf\xe9"),
        ("x-mixed", "2"),
        ("Connection", "keep-alive"),
        ("Content-Length", str(len(BODY))),
    ),
    body=BODY,
)


async def exchanged(handler: Http2Handler, request: SentRequest = REQUEST, so_far: AnswerSoFar | None = None) -> Answer:
    address = Address("127.0.0.1", handler.port)
    connection = Connection(await connect(address), str(address))
    try:
        async with asyncio.timeout(10):
            done = await exchange_over_http2(
                connection, request, "https", 2 * MIB, ForwardProgress(), so_far or AnswerSoFar()
            )
            await asyncio.wait({done.sending})
            return done.answer
    finally:
        connection.close()


def saying(body: bytes = b"ok") -> Answering:
    def answer(http2: H2Connection, stream: int) -> None:
        http2.send_headers(stream, [(":status", "103"), ("link", "</a>")])
        http2.send_headers(stream, [(":status", "201"), ("x-b", "\xe9".encode("latin-1")), ("x-b", "2")])
        http2.send_data(stream, body)
        http2.send_headers(stream, [("x-sum", "1")], end_stream=True)

    return answer


async def test_a_request_and_its_answer_pass() -> None:
    so_far = AnswerSoFar()
    async with Http2Handler(saying()) as handler:
        answer = await exchanged(handler, so_far=so_far)
    assert answer == Answer(status=201, headers=(("x-b", "\xe9"), ("x-b", "2")), body=b"ok")
    assert handler.body == BODY
    assert handler.head == [
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":authority", b"localhost:9"),
        (b":path", b"/a//b?x=%2f"),
        (b"x-mixed", b"caf\xe9"),
        (b"x-mixed", b"2"),
        (b"content-length", str(len(BODY)).encode()),
    ]
    note = so_far.note()
    assert note is not None
    assert (note.protocol, [one.status for one in note.interims], note.trailers) == ("HTTP/2", [103], (("x-sum", "1"),))


async def test_a_large_answer_passes_window_by_window() -> None:
    large = os.urandom(MIB)

    def answer(http2: H2Connection, stream: int) -> None:
        http2.send_headers(stream, [(":status", "200")])

    async with Http2Handler(answer, large=large) as handler:
        assert (await exchanged(handler)).body == large


def resetting(http2: H2Connection, stream: int) -> None:
    http2.reset_stream(stream, error_code=8)


def leaving(http2: H2Connection, stream: int) -> None:
    http2.close_connection(error_code=2)


def too_much(http2: H2Connection, stream: int) -> None:
    http2.send_headers(stream, [(":status", "200"), ("content-length", str(3 * MIB))])


BROKEN = [
    (resetting, "reset", "CANCEL"),
    (leaving, "reset", "INTERNAL_ERROR"),
    (too_much, "too-large", "3145728 bytes"),
]


@pytest.mark.parametrize(("answering", "kind", "words"), BROKEN, ids=["reset", "goaway", "too-large"])
async def test_what_breaks_is_told(answering: Answering, kind: str, words: str) -> None:
    async with Http2Handler(answering) as handler:
        with pytest.raises(ForwardError) as raised:
            await exchanged(handler)
    assert raised.value.failure.kind == kind
    assert words in raised.value.failure.detail


@contextlib.asynccontextmanager
async def forwarded(handler: Http2Handler, parts: Parts) -> AsyncIterator[asyncio.Task[Exchanged]]:
    """A request whose body comes, on its way to the handler."""
    address = Address("127.0.0.1", handler.port)
    connection = Connection(await connect(address), str(address))
    request = exchange_over_http2(connection, sourced(parts), "https", MIB, ForwardProgress(), AnswerSoFar())
    task = asyncio.create_task(request)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        connection.close()


async def test_a_body_goes_while_it_comes() -> None:
    parts, large = Parts(b"one"), os.urandom(MIB)
    async with Http2Handler(saying()) as handler, forwarded(handler, parts) as exchanging:
        await until(lambda: handler.body == b"one")
        assert not handler.ended
        parts.trailers = (("X-Sum", "1"),)
        for part in (large, None):
            parts.parts.put_nowait(part)
        done = await asyncio.wait_for(exchanging, 10)
        assert (done.answer.status, handler.ended, handler.body == b"one" + large) == (201, True, True)
    assert not [name for name, _ in handler.head if name == b"transfer-encoding"]


async def test_what_breaks_off_is_never_ended() -> None:
    parts = Parts(b"one", ConnectionAbortedError("sender-gone"))
    async with Http2Handler(saying()) as handler, forwarded(handler, parts) as exchanging:
        with pytest.raises(ForwardError, match="the sender hung up, after 3 bytes of the request's body"):
            await asyncio.wait_for(exchanging, 10)
        await until(lambda: handler.reset == ErrorCodes.CANCEL)
        assert not handler.ended


@pytest.mark.parametrize(("status", "left"), [("200", ""), ("413", "answered")])
async def test_an_answer_before_the_end(status: str, left: str) -> None:
    """The rest of what is accepted is still written."""

    def answer(http2: H2Connection, stream: int) -> None:
        http2.send_headers(stream, [(":status", status)], end_stream=True)

    parts = Parts(b"one")
    async with Http2Handler(answer, early=True) as handler, forwarded(handler, parts) as exchanging:
        done = await asyncio.wait_for(exchanging, 10)
        assert (str(done.answer.status), parts.left) == (status, left)
        for part in (b"x" * 200_000, None):
            parts.parts.put_nowait(part)
        await asyncio.wait({done.sending}, timeout=10)
        if left:
            assert done.sending.cancelled()
        else:
            await until(lambda: handler.ended)
            assert handler.body == b"one" + b"x" * 200_000


async def test_a_websocket_is_refused_in_words() -> None:
    upgrade = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
    request = SentRequest(method="GET", target="/", headers=upgrade, body=b"")
    async with Http2Handler(saying()) as handler:
        with pytest.raises(ForwardError, match="HTTP/2 only"):
            await exchanged(handler, request)


def test_the_library_is_loaded_where_it_is_needed() -> None:
    look = "import sys, hookscope.forward.forwarder; print('h2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


NODE = """
const http2 = require('http2'), fs = require('fs');
const options = {key: fs.readFileSync(process.argv[2]), cert: fs.readFileSync(process.argv[2]), allowHTTP1: false};
const server = http2.createSecureServer(options, (request, response) => {
  let size = 0;
  request.on('data', part => size += part.length);
  request.on('end', () => {
    response.writeHead(200, {'x-version': request.httpVersion});
    response.end(request.method + ' ' + request.url + ' ' + size + ' ' + JSON.stringify(request.rawHeaders.slice(8, 10)));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""


@contextlib.asynccontextmanager
async def node_handler(directory: Path) -> AsyncIterator[int]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    certificate, key = self_signed_pem()
    (directory / "both.pem").write_bytes(certificate + key)
    (directory / "server.js").write_text(NODE)
    process = await asyncio.create_subprocess_exec(
        "node", str(directory / "server.js"), str(directory / "both.pem"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield int(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        process.kill()
        await process.wait()


async def test_a_real_handler_that_insists_gets_it(tmp_path: Path) -> None:
    async with node_handler(tmp_path) as port:
        forwarder = Forwarder(parse_handler(f"https://127.0.0.1:{port}"), insecure=True)
        try:
            assert await forwarder.probe() is None
            for _ in range(2):
                outcome = await forwarder.forward(REQUEST, 10.0)
                assert outcome.answer is not None, outcome.failure
                assert ("x-version", "2.0") in outcome.answer.headers
                assert outcome.answer.body == b'POST /a//b?x=%2f 307200 ["x-mixed","caf\xc3\xa9"]'
        finally:
            await forwarder.close()


async def test_a_port_that_is_none_of_both_is_no_handler(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    script = "require('tls').createServer({key, cert: key, ALPNProtocols: ['imap']})"
    certificate, key = self_signed_pem()
    (tmp_path / "both.pem").write_bytes(certificate + key)
    (tmp_path / "server.js").write_text(
        f"const key = require('fs').readFileSync(process.argv[2]);\nconst server = {script};\n"
        "server.listen(0, '127.0.0.1', () => console.log(server.address().port));"
    )
    process = await asyncio.create_subprocess_exec(
        "node", str(tmp_path / "server.js"), str(tmp_path / "both.pem"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), 20))
        forwarder = Forwarder(parse_handler(f"https://127.0.0.1:{port}"), insecure=True)
        told = failure(await forwarder.forward(REQUEST, 10.0))
        await forwarder.close()
    finally:
        process.kill()
        await process.wait()
    assert told.kind == "tls"
    assert "no application protocol" in told.detail
