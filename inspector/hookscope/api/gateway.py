"""The gateway: a server on loopback that passes a handler's calls on to the APIs, byte for byte, and tells what it saw.

`http://127.0.0.1:PORT/NAME/…` goes to the API of that name. Certificates are verified; the system's authorities and the
proxies of the environment are used. Nothing is decompressed, followed, remembered or sent twice. What is told holds the
tokens still: whoever listens redacts it before it is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from hookscope.api.credential import read_credential
from hookscope.api.directory import LOOPBACK, Api, known_apis
from hookscope.api.fault import Fault, FaultPlan
from hookscope.api.stream import ExactStream, Silence
from hookscope.config.authorities import trusting
from hookscope.model.call import Call
from hookscope.model.capture import Failure, FailureKind
from hookscope_relay.delivery import Answer, Headers, end_to_end, header, without
from hookscope_relay.errors import InputError
from hookscope_relay.made_answers import ANSWERED_BY

Told: TypeAlias = Callable[[Call], None]
# Begins to look for the process that holds the connection from one port to another; None where nobody wants to know.
ProcessOf: TypeAlias = Callable[[int, int], asyncio.Future[int] | None]

DEFAULT_PORT = 7421
# So much of each body is kept for a call; all of it is passed on.
KEPT_BYTES = 256 * 1024
# Up to here a request is read whole and sent as it is; a longer one is passed on as it comes.
AT_ONCE_BYTES = 1024 * 1024
CONNECT_S = 30.0
LINE_BYTES = 64 * 1024
# An idle connection to an API is used again for so long: shorter than servers keep one, so that none breaks under a
# call.
REUSED_S = 5.0
STOP_WITHIN_S = 1.0

# Ours to hold: they say which delivery caused the call, and are not the API's business.
OURS = ("hookscope-delivery",)
# What aiohttp would add by itself.
NOT_ADDED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")

# The first that fits names the failure.
FAILURES: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "tls", "the API's certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, "tls", "no TLS connection can be made to the API"),
    (aiohttp.ClientConnectorDNSError, "dns", "the API's host name has no address"),
    (aiohttp.ClientProxyConnectionError, "refused", "the proxy of the environment takes no connection"),
    (aiohttp.ClientHttpProxyError, "refused", "the proxy of the environment refuses the connection"),
    (aiohttp.ConnectionTimeoutError, "timeout", f"no connection to the API within {CONNECT_S:.0f} s"),
    (aiohttp.ClientConnectorError, "refused", "the API takes no connection"),
    (aiohttp.ServerDisconnectedError, "closed", "the API hung up without an answer"),
    (aiohttp.ClientPayloadError, "bad-response", "the API's answer ended before its announced length"),
    (ConnectionResetError, "reset", "the API reset the connection"),
    (aiohttp.ClientOSError, "reset", "the connection to the API broke"),
    (aiohttp.ClientError, "bad-response", "the API's answer is no HTTP that can be read"),
    (OSError, "reset", "the connection to the API broke"),
)


@dataclass(slots=True)
class Passage:
    """One call on its way: what was asked, and what of the answer has passed so far."""

    api: Api
    base: str
    target: str
    method: str
    headers: Headers
    connection: str
    started_at: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.monotonic)
    body: bytearray = field(default_factory=bytearray)
    body_bytes: int = 0
    status: int = 0
    reason: str = ""
    answer_headers: Headers = ()
    answer: bytearray = field(default_factory=bytearray)
    answer_bytes: int = 0
    first_byte_ms: float | None = None
    failure: Failure | None = None
    abandoned: bool = False
    fault: str = ""
    process: int = 0

    @property
    def elapsed_ms(self) -> float:
        return (time.monotonic() - self.clock) * 1000

    def sent(self, data: bytes) -> None:
        """Note what passed to the API."""
        self.body_bytes += len(data)
        self.body += data[: KEPT_BYTES - len(self.body)]

    def received(self, data: bytes) -> None:
        """Note what passed from the API."""
        self.answer_bytes += len(data)
        self.answer += data[: KEPT_BYTES - len(self.answer)]

    def began(self, status: int, reason: str, headers: Headers) -> None:
        """Note the head of the answer."""
        self.status, self.reason, self.answer_headers = status, reason, headers
        self.first_byte_ms = self.elapsed_ms

    def call(self) -> Call:
        """What there is to tell of it."""
        answered = self.status and self.failure is None
        return Call(
            api=self.api.name,
            base=self.base,
            method=self.method,
            target=self.target,
            started_at=self.started_at,
            headers=self.headers,
            body=bytes(self.body),
            body_bytes=self.body_bytes,
            elapsed_ms=self.elapsed_ms,
            first_byte_ms=self.first_byte_ms,
            answer=Answer(status=self.status, reason=self.reason, headers=self.answer_headers, body=bytes(self.answer))
            if answered
            else None,
            answer_bytes=self.answer_bytes,
            failure=self.failure,
            abandoned=self.abandoned,
            connection=self.connection,
            process=self.process,
            fault=self.fault,
        )


class Gateway:
    """Serves the APIs on loopback. `start` opens it, `stop` ends it; `told` is called once for each call, as it ends,
    in the loop's thread. `process_of` is asked for the process of a connection as its call begins; what it has found
    by the end is told. `asked` calls began so far, of which some are `under_way`; `faults` are played."""

    def __init__(
        self,
        apis: Mapping[str, Api],
        told: Told,
        *,
        tls: ssl.SSLContext | None = None,
        faults: FaultPlan | None = None,
        process_of: ProcessOf | None = None,
    ) -> None:
        self.apis = apis
        self.port = 0
        self._told = told
        self._tls = tls
        self._process_of = process_of
        self.faults = faults or FaultPlan(())
        self.asked = 0
        self.under_way = 0
        self._proxies = getproxies()
        self._runner: web.ServerRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, api: Api) -> str:
        """Where a handler finds an API."""
        return f"{self.origin}/{api.name}"

    async def start(self, port: int = DEFAULT_PORT, *, fixed: bool = False) -> int:
        """Listen on the port, or on a free one where it is taken and not `fixed`; the port. `InputError` where a fixed
        one is taken."""
        listening = _bind(port, fixed)
        self.port = listening.getsockname()[1]
        connector = aiohttp.TCPConnector(limit=0, ssl=self._tls or trusting(), keepalive_timeout=REUSED_S)
        self._client = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=NOT_ADDED,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            read_bufsize=KEPT_BYTES,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
        )
        server = web.Server(
            self._handle,
            auto_decompress=False,
            access_log=None,
            keepalive_timeout=75.0,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            handler_cancellation=True,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=STOP_WITHIN_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()
        return self.port

    async def stop(self) -> None:
        """End what is under way, and let go of the port."""
        if self._runner is not None:
            await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if not _names_this_machine(request.host):
            return _made(421, "this gateway answers on this machine only")
        passage = self._find(request)
        if passage is None:
            return _made(
                404, f"there is no API at {request.raw_path[:80]!r}; this gateway serves {', '.join(self.apis)}"
            )
        self.asked += 1
        self.under_way += 1
        looking = self._process_of(int(passage.connection or 0), self.port) if self._process_of else None
        try:
            return await self._pass_on(request, passage)
        except asyncio.CancelledError:
            # Whoever has the status may hang up: many look at nothing else.
            if not passage.status:
                passage.failure = Failure(kind="closed", detail="the handler hung up before there was an answer")
                passage.abandoned = True
            raise
        finally:
            self.under_way -= 1
            if looking is not None and looking.done() and not looking.cancelled():
                passage.process = looking.result()
            self._told(passage.call())

    def _find(self, request: web.BaseRequest) -> Passage | None:
        """The way that a request goes; None where it goes none."""
        headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in request.raw_headers)
        name, slash, rest = request.raw_path.lstrip("/").partition("/")
        api, target = self.apis.get(name.partition("?")[0]), f"/{rest}" if slash else "/"
        if api is None and name not in known_apis():
            api, target = self._of_token(headers, request.raw_path), request.raw_path
        placed = api.place(target) if api else None
        if api is None or placed is None:
            return None
        peer = request.transport.get_extra_info("peername") if request.transport else None
        return Passage(api, *placed, request.method, headers, str(peer[1]) if peer else "")

    def _of_token(self, headers: Headers, target: str) -> Api | None:
        """The API whose kind of token a call carries, by its documented form: some clients take a host and a port only
        (Stripe's for Node), so that no path names it."""
        credential = read_credential(headers, target)
        found = [api for api in self.apis.values() if credential is not None and credential.kind in api.tokens]
        return found[0] if len(found) == 1 and target.startswith("/") else None

    async def _pass_on(self, request: web.BaseRequest, passage: Passage) -> web.StreamResponse:
        fault = self.faults.choose(passage.api.name, passage.method, passage.target, passage.clock)
        if fault is not None:
            passage.fault = fault.text
            await asyncio.sleep(fault.delay_s)
            if fault.status or fault.hangs_up:
                return await self._play(fault, request, passage)
        try:
            body = await _read(request, passage)
            async with self._ask(request, passage, body) as upstream:
                return await _pass_back(request, passage, upstream)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kind, words = _describe(error)
            passage.failure = Failure(kind=kind, detail=words)
            if passage.status:
                # Half an answer has passed: the handler must see that it is not whole.
                return Silence.instead_of(request)
            return _made(502, words)

    def _ask(
        self, request: web.BaseRequest, passage: Passage, body: bytes | AsyncIterator[bytes] | None
    ) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
        assert self._client is not None
        url = URL(passage.base + passage.target, encoded=True)
        return self._client.request(
            passage.method,
            url,
            headers=_to_api(passage.headers, url),
            data=body,
            allow_redirects=False,
            proxy=self._proxy(url),
        )

    def _proxy(self, url: URL) -> str | None:
        host = url.host or ""
        return (
            None
            if host in LOOPBACK or proxy_bypass(host)
            else self._proxies.get(url.scheme) or self._proxies.get("all")
        )

    async def _play(self, fault: Fault, request: web.BaseRequest, passage: Passage) -> web.StreamResponse:
        await _read(request, passage)
        if fault.hangs_up:
            passage.failure = Failure(kind="closed", detail="the API hung up without an answer")
            return Silence.instead_of(request)
        headers, body = fault.answer(passage.api.name)
        passage.began(fault.status, "", headers)
        passage.received(body)
        return web.Response(status=fault.status, headers=CIMultiDict(headers), body=body)


async def _read(request: web.BaseRequest, passage: Passage) -> bytes | AsyncIterator[bytes] | None:
    """The request's body: whole where it is short, else as it comes; None where there is none."""
    if not request.body_exists:
        return None
    if (header(passage.headers, "Expect") or "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = request.content_length
    if length is not None and length <= AT_ONCE_BYTES:
        body = await request.content.readexactly(length)
        passage.sent(body)
        return body
    return _parts(request, passage)


async def _parts(request: web.BaseRequest, passage: Passage) -> AsyncIterator[bytes]:
    async for data in request.content.iter_any():
        passage.sent(data)
        yield data


def _to_api(headers: Headers, url: URL) -> CIMultiDict[str]:
    """The headers as they go to the API: hop-by-hop ones and ours left off, Host the API's. A body of unknown length
    goes in chunks."""
    host = url.raw_authority.rpartition("@")[2]
    sent: CIMultiDict[str] = CIMultiDict([("Host", host)])
    for name, value in without(end_to_end(headers), ("host", "expect", *OURS)):
        sent.add(name, value.encode("latin-1").decode("utf-8"))
    return sent


async def _pass_back(
    request: web.BaseRequest, passage: Passage, upstream: aiohttp.ClientResponse
) -> web.StreamResponse:
    headers = tuple((key.decode("latin-1"), value.decode("latin-1")) for key, value in upstream.raw_headers)
    passage.began(upstream.status, upstream.reason or "", headers)
    has_body = request.method != "HEAD" and upstream.status not in (204, 304)
    chunked = has_body and header(headers, "Content-Length") is None
    stream = ExactStream(upstream.status, upstream.reason or "", end_to_end(headers), chunked=chunked)
    await stream.prepare(request)
    async for data in upstream.content.iter_any():
        passage.received(data)
        await stream.write(data)
    await stream.write_eof()
    return stream


def _describe(error: BaseException) -> tuple[FailureKind, str]:
    for kind, name, words in FAILURES:
        if isinstance(error, kind):
            return name, words
    return "bad-response", "hookscope cannot pass the call on: its address is none, or a header of it is not UTF-8"


def _names_this_machine(host: str) -> bool:
    return host in LOOPBACK or host.rpartition(":")[0].strip("[]") in LOOPBACK


def _made(status: int, words: str) -> web.Response:
    """An answer of our own."""
    text = f"hookscope: {words}\n"
    return web.Response(status=status, text=text, headers={ANSWERED_BY: "inspector"})


def _bind(port: int, fixed: bool) -> socket.socket:
    for wanted in (port,) if fixed else (port, 0):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", wanted))
            sock.setblocking(False)
        except OSError:
            sock.close()
            continue
        return sock
    raise InputError(f"--api-port {port} is in use", "give another port, or leave the option out")
